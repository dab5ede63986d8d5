"""References become secrets, or one error names all that cannot be had."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.secret_store import SecretStore
from ansible_collections.branchline.l2tp.plugins.module_utils.secrets_resolve import ResolveError, reader, resolve

KEY = "-----BEGIN PRIVATE KEY-----\n..."
HOSTS = {"oslo": {"branchline_psk": "hunter2\n", "branchline_empty": "", "branchline_private_key": KEY}}
SOURCES = {
    "oslo-lns1.psk.1": {"var": ["oslo", "branchline_psk"]},
    "oslo.key.1": {"var": ["oslo", "branchline_private_key"]},
    "oslo-lns1.ppp.1": {"store": "oslo-lns1.ppp.1"},
    "oslo-lns1.empty.1": {"var": ["oslo", "branchline_empty"]},
    "oslo-lns1.absent.1": {"var": ["oslo", "branchline_absent"]},
}


@pytest.fixture
def store(tmp_path):
    return SecretStore(tmp_path / "secrets")


def test_variables_and_store(store):
    store.create("oslo-lns1.ppp.1")
    wanted = ["oslo-lns1.psk.1", "oslo-lns1.ppp.1", "oslo.key.1", "oslo-lns1.psk.1"]
    assert resolve(wanted, SOURCES, reader(HOSTS), store) == {
        "oslo-lns1.psk.1": "hunter2",
        "oslo-lns1.ppp.1": store.get("oslo-lns1.ppp.1"),
        "oslo.key.1": KEY,
    }


def test_a_key_may_be_a_file(store, tmp_path):
    (tmp_path / "oslo.key").write_text(KEY)
    hosts = {"oslo": {"branchline_private_key": str(tmp_path / "oslo.key")}}
    assert resolve(["oslo.key.1"], SOURCES, reader(hosts), store) == {"oslo.key.1": KEY}


def test_all_that_is_missing_is_named_at_once(store):
    with pytest.raises(ResolveError) as error:
        resolve([*SOURCES, "nobody.psk.1"], SOURCES, reader(HOSTS), store)
    assert error.value.problems == [
        "nobody.psk.1: the plan does not know it; plan again",
        "oslo-lns1.absent.1: oslo.branchline_absent cannot be had (KeyError); mend the variable",
        "oslo-lns1.empty.1: oslo.branchline_empty is no text, or an empty one; set it (ansible-vault, a lookup)",
        f"oslo-lns1.ppp.1: is not in {store.directory}; plan again, or restore the store",
    ]


@pytest.mark.parametrize("content", [None, "no PEM", "\xff"])
def test_a_key_that_is_none(store, tmp_path, content):
    path = tmp_path / "oslo.key"
    if content is not None:
        path.write_text(content, encoding="latin-1")
    with pytest.raises(ResolveError, match=r"oslo\.branchline_private_key (is neither|names a file)"):
        resolve(["oslo.key.1"], SOURCES, reader({"oslo": {"branchline_private_key": str(path)}}), store)


def test_check_mode_draws_nothing_and_goes_on(store):
    wanted = ["oslo-lns1.ppp.1"]
    assert resolve(wanted, SOURCES, reader({}), store, check=True) == {wanted[0]: "not drawn yet (oslo-lns1.ppp.1)"}
    assert not store.directory.exists()


def test_errors_do_not_show_what_a_lookup_said(store):
    def read(host, variable):
        raise RuntimeError("the value is hunter2")

    with pytest.raises(ResolveError) as error:
        resolve(["oslo-lns1.psk.1"], SOURCES, read, store)
    assert "hunter2" not in str(error.value)


def test_each_host_is_asked_for_once():
    asked = []

    class Hosts(dict):
        def __getitem__(self, host):
            asked.append(host)
            return {"a": 1, "b": 2}

    read = reader(Hosts())
    assert (read("oslo", "a"), read("oslo", "b"), asked) == (1, 2, ["oslo"])
