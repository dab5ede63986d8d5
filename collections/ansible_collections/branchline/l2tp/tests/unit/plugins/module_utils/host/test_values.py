"""The pure parts, each by its own table: references, words, combinations, files, records, which SAs end."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.host import (
    apply,
    combine,
    lines,
    observe,
    plan,
    sas,
    secrets,
    texts,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.host.model import (
    ENGINE,
    GUARD,
    SWANCTL,
    Present,
    Record,
    Sa,
    Step,
    Wanted,
)
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.host.fake import FakeMachine
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.host.states import (
    branch,
    initiator,
    lns,
    secret,
)

NESTED = {"a": [secret("l.psk.1"), {"b": secret("l.key.2")}], "c": "plain"}
SALT = "salt"


def test_references():
    assert sorted(secrets.references(NESTED)) == ["l.key.2", "l.psk.1"]
    assert secrets.line_of("oslo.no-lns1.psk.12") == "oslo.no-lns1"
    assert secrets.resolve(NESTED, {"l.psk.1": "x", "l.key.2": "y"}) == {"a": ["x", {"b": "y"}], "c": "plain"}
    with pytest.raises(secrets.MissingSecretError, match=r"l\.key\.2"):
        secrets.resolve(NESTED, {"l.psk.1": "x"})


MASKED = [
    #  reference   secret    salt     shown
    ("l.psk.1",    "x",      "",      "<secret l.psk.1>"),
    ("l.psk.1",    None,     SALT,    "<secret l.psk.1 absent>"),
    ("l.psk.1",    "x",      SALT,    "<secret l.psk.1 555eb18440ae>"),
    ("l.psk.1",    "y",      SALT,    "<secret l.psk.1 49c5bcd8f01c>"),
    ("l.key.1",    "x",      "",      "<-----BEGIN SECRET----- l.key.1>"),
]  # fmt: skip


@pytest.mark.parametrize(("reference", "value", "salt", "shown"), MASKED)
def test_masked(reference, value, salt, shown):
    assert secrets.mask(secret(reference), {reference: value} if value else {}, salt) == shown


WORDS = [
    #  before        after                            words
    (None,           None,                            []),
    (branch("a"),    branch("a"),                     []),
    (branch("a"),    branch("a", mtu=1, routes=[]),   ["line a changed (mtu, routes)"]),
    (branch("a"),    lns("oslo"),                     [
        "line a removed", "line oslo-lns1 added", "IPsec connection lns-ikev2-psk added", "IPsec pool branchline added",
        "LNS setting address added", "LNS setting listen added", "LNS setting pools added",
        "engine setting host_name changed",
    ]),
    (lns("oslo"),    lns("oslo", address="10.0.0.9"), ["LNS setting address changed"]),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "said"), WORDS)
def test_words(before, after, said):
    assert lines.words(lines.views(before, {}, SALT), lines.views(after, {}, SALT)) == said


def test_a_line_without_its_certificates():
    state = branch("a", "b")
    state["ipsec"]["connections"][0].update(auth="x509", certificate="oslo", ca="oslo-ca")
    state["ipsec"]["certificates"] = [{"kind": "x509ca", "name": "oslo-ca", "pem": "-----BEGIN CERTIFICATE-----"}]
    assert combine.without(["a"], state) == branch("b")
    assert combine.without([], state) == state


def test_what_a_line_has_for_another_lns_is_the_lines():
    state = branch("a", "b")
    state["engine"]["lines"]["a"]["standby"] = {"lns2": {"ipsec": {"connection": "a-lns2"}}}
    state["ipsec"]["connections"].append(initiator("a-lns2"))
    state["ipsec"]["secrets"].append({"name": "ike-a-lns2", "ids": ["lns2"], "secret": secret("a.psk-lns2.1")})
    changed = ["line a changed (IPsec connection a-lns2, IPsec secret ike-a-lns2, standby)"]
    assert lines.words(lines.views(branch("a", "b"), {}, SALT), lines.views(state, {}, SALT)) == changed
    assert combine.without(["a"], state) == branch("b")


def test_an_x509_line_of_an_lns_has_a_connection_of_its_own():
    state = lns("oslo")
    own = {**state["ipsec"]["connections"][0], "name": "lyon-lns1", "auth": "x509", "remote_ids": ["lyon"]}
    state["ipsec"]["connections"].append(own)
    state["engine"]["lns"]["users"]["lyon"] = {"line": "lyon-lns1", "secret": secret("lyon-lns1.ppp.1")}
    assert lines.words(lines.views(lns("oslo"), {}, SALT), lines.views(state, {}, SALT)) == ["line lyon-lns1 added"]
    assert combine.without(["lyon-lns1"], state) == lns("oslo")


def test_files_of_a_host_without_ipsec():
    state = branch("a")
    assert set(texts.files(state, dict.fromkeys(secrets.references(state), "x"))) == {ENGINE, GUARD, SWANCTL}
    state["ipsec"]["backend"], state["guard"] = "none", None
    assert set(texts.masked_files(state, {}, "")) == {ENGINE}
    assert texts.masked_files(None, {}, "") == {}


RECORD = Record(branch("a"), {"a.psk.1": "x"}, {ENGINE: "00"}, {"guard": None, "charon": None}, SALT)
DAMAGED = ["", "{}", "[]", '{"version": 1}', RECORD.text().replace('"version": 1\n', '"version": 2\n')]


def test_a_record_is_read_as_written():
    assert Record.parse(RECORD.text()) == RECORD


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_record(text):
    assert Record.parse(text) is None


def test_a_host_with_nothing_on_it_needs_no_step_to_stay_so():
    assert plan.plan(Wanted(None), observe.observe(FakeMachine())) == ()


def test_sas_of_a_branch_that_loses_ipsec():
    present = Present(record=RECORD, sas=(Sa("a", "lns1", "3"), Sa("other", "lns1", "4")))
    assert list(sas.ended(Wanted(None), present)) == [Step("terminate", "3")]


def test_every_verb_has_its_words():
    assert set(apply.VERBS) == set(apply.SAID)
