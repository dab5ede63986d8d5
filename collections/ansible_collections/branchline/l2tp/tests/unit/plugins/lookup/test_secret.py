"""The lookup shows what the store has, and draws nothing."""

from __future__ import annotations

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleLookupError
from ansible_collections.branchline.l2tp.plugins.lookup import secret
from ansible_collections.branchline.l2tp.plugins.module_utils.secret_store import SecretStore

NAME = "branchline.l2tp.secret"


@pytest.fixture
def lookup():
    """The plugin as Ansible's loader makes it, with the options of its documentation."""
    options = yaml.safe_load(secret.DOCUMENTATION)["options"]
    constants.config.initialize_plugin_configuration_definitions("lookup", NAME, options)
    made = secret.LookupModule()
    made._load_name = NAME
    return made


@pytest.fixture
def store(tmp_path):
    made = SecretStore(tmp_path / ".secrets")
    made.create_missing(
        ["oslo-lns1.psk.1", "oslo-lns1.psk.2", "lyon-lns1.psk.1", "lns1.ikev1.1", "oslo-lns1.psk-lns2_x.1"]
    )
    return made


ASKED = [
    (["oslo-lns1"], {}, ["oslo-lns1.psk.1"]),
    (["oslo-lns1", "lyon-lns1"], {"kind": "psk"}, ["oslo-lns1.psk.1", "lyon-lns1.psk.1"]),
    (["oslo-lns1"], {"generation": 2}, ["oslo-lns1.psk.2"]),
    (["lns1"], {"kind": "ikev1"}, ["lns1.ikev1.1"]),
    (["oslo-lns1"], {"lns": "lns2.x"}, ["oslo-lns1.psk-lns2_x.1"]),
]


@pytest.mark.parametrize(("terms", "options", "refs"), ASKED)
def test_secrets_of_the_store(lookup, store, terms, options, refs):
    wanted = [store.get(ref) for ref in refs]
    variables = {"inventory_dir": str(store.directory.parent)}
    assert lookup.run(terms, variables, **options) == wanted
    assert lookup.run(terms, {"branchline_secret_store": str(store.directory)}, **options) == wanted
    assert lookup.run(terms, {}, store=str(store.directory), **options) == wanted


REFUSED = [
    (["turin-lns1"], {}, r"turin-lns1\.psk\.1 is not in .*; the plan draws it, unless a variable"),
    (["../../etc/passwd"], {}, "is not a reference to a secret"),
]


@pytest.mark.parametrize(("terms", "options", "problem"), REFUSED)
def test_what_is_not_there(lookup, store, terms, options, problem):
    with pytest.raises(AnsibleLookupError, match=problem):
        lookup.run(terms, {"inventory_dir": str(store.directory.parent)}, **options)


def test_somewhere_it_must_be(lookup):
    with pytest.raises(AnsibleLookupError, match="give store="):
        lookup.run(["oslo-lns1"], {})
    assert "name: secret" in secret.DOCUMENTATION
