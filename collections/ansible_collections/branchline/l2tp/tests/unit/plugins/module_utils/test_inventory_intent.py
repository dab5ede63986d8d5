"""Of each host only Branchline's variables are read, and of its secrets only that they are there."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils import inventory_intent
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.kinds import Unreadable

NAMES = {"lns": "servers", "branches": "offices"}
GROUPS = {"servers": ["lns1"], "offices": ["oslo"], "all": ["lns1", "oslo", "isp"]}
PEM = "-----BEGIN CERTIFICATE-----\n..."


class EncryptedString:
    """Stands for Ansible's inline !vault."""


class Templated(dict):
    """Variables of a host, some of which fail; notes which were asked for."""

    def __init__(self, values):
        super().__init__(values)
        self.asked = []

    def __getitem__(self, key):
        self.asked.append(key)
        value = super().__getitem__(key)
        if isinstance(value, Exception):
            raise value
        return value


def read(raw, templated=None):
    hostvars = {"lns1": Templated({}), "oslo": Templated({**raw, **(templated or {})})}
    made = inventory_intent.read(GROUPS, NAMES, hostvars, {"lns1": {}, "oslo": raw}.__getitem__)
    return made, hostvars["oslo"].asked


def test_groups_and_variables():
    made, asked = read({"branchline_mtu": "{{ mtu }}", "ansible_facts": {}, "x": 1}, {"branchline_mtu": 1300})
    assert (made.lns, made.branches) == (["lns1"], ["oslo"])
    assert made.variables == {"lns1": {}, "oslo": {"branchline_mtu": 1300}}
    assert asked == ["branchline_mtu"]


def test_results_of_tasks_are_no_intent():
    made, asked = read({"branchline_plan": {"changed": False, "failed": False, "plan": {}}})
    assert (made.variables["oslo"], asked) == ({}, [])


SECRETS = [
    ("hunter2", True),
    (None, None),
    ("  ", Unreadable("is no text, or an empty one")),
    (7, Unreadable("is no text, or an empty one")),
    (RuntimeError("hunter2"), Unreadable("cannot be templated (RuntimeError)")),
]


@pytest.mark.parametrize(("value", "read_as"), SECRETS, ids=str)
def test_a_secret_is_there_or_not(value, read_as):
    made, _ = read({"branchline_psk": "{{ vault_psk }}"}, {"branchline_psk": value})
    assert made.variables["oslo"] == {"branchline_psk": read_as}


def test_an_inline_vault_is_not_decrypted():
    made, asked = read({"branchline_psk": EncryptedString()})
    assert (made.variables["oslo"], asked) == ({"branchline_psk": True}, [])


def test_a_template_that_fails():
    made, _ = read({"branchline_mtu": "{{ nope }}"}, {"branchline_mtu": ValueError("'nope' is undefined\nat line 1")})
    assert made.variables["oslo"] == {"branchline_mtu": Unreadable("cannot be templated ('nope' is undefined)")}


def test_a_certificate_is_text_or_a_file(tmp_path):
    (tmp_path / "oslo.crt").write_text(PEM)
    missing = tmp_path / "none.crt"
    made, _ = read({"branchline_certificate": str(tmp_path / "oslo.crt"), "branchline_ca": PEM})
    assert made.variables["oslo"] == {"branchline_certificate": PEM, "branchline_ca": PEM}
    made, _ = read({"branchline_ca": str(missing)})
    problem = (
        f"is neither PEM text nor a file that can be read on the controller: {missing} (No such file or directory)"
    )
    assert made.variables["oslo"] == {"branchline_ca": Unreadable(problem)}
