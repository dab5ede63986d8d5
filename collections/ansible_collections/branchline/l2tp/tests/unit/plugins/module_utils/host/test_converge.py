"""A host, from any state to the one that is asked for: what is done and said, and nothing the second time."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.control import EngineError
from ansible_collections.branchline.l2tp.plugins.module_utils.host.apply import StepFailedError
from ansible_collections.branchline.l2tp.plugins.module_utils.host.converge import Request, converge, gather
from ansible_collections.branchline.l2tp.plugins.module_utils.host.model import (
    ENGINE,
    GUARD,
    POLICIES,
    RECORD,
    SWANCTL,
    File,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.host.secrets import MissingSecretError, references
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.host.fake import FakeMachine
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.host.states import branch, lns

OSLO = "oslo-lns1"
CERTIFICATE = {"kind": "x509ca", "name": "oslo-ca", "pem": "-----BEGIN CERTIFICATE-----\nca\n"}


def ask(desired, state="overridden", **other):
    """A request with a secret for every reference: its own name, backwards."""
    return Request(state, desired, {ref: f"value of {ref[::-1]}" for ref in references(desired)}, **other)


def converged(*states):
    """A host that was brought to these states one after the other; what happened until then is forgotten."""
    host = FakeMachine()
    for state in states:
        if state is not None:
            converge(ask(state), host)
    host.log.clear()
    return host


def trusting(desired):
    desired["ipsec"]["certificates"] = [CERTIFICATE]
    return desired


def bundled(desired):
    one = {"local": "0.0.0.0/0", "local_port": 20001, "remote": "203.0.113.10/32", "remote_port": 1701}
    desired["guard"]["bundles"] = [one]
    return desired


FIRST = [
    f"write {GUARD}", f"nft --file {GUARD}",
    f"write {SWANCTL}", "systemctl start strongswan.service",
    f"write {ENGINE}", "systemctl start branchline.service",
    f"write {RECORD}",
]  # fmt: skip
ALL_GOES = [
    "systemctl stop branchline.service", f"remove {ENGINE}",
    f"remove {SWANCTL}", "swanctl --load-all --noprompt --clear",
    "nft delete table inet branchline_guard", f"remove {GUARD}", f"remove {RECORD}",
]  # fmt: skip
NONE_LOADED = "ip xfrm policy deleteall priority 401701"
NO_POLICIES = [f"remove {POLICIES}", NONE_LOADED]
POLICIES_COME = [f"write {POLICIES}", NONE_LOADED, f"ip -batch {POLICIES}", f"write {RECORD}"]
POLICIES_GO = [*NO_POLICIES, f"write {RECORD}"]
BUNDLE_GOES = [*ALL_GOES[:-1], *NO_POLICIES, ALL_GOES[-1]]
ENGINE_ONLY = [f"write {ENGINE}", "engine apply", f"write {RECORD}"]
LINES = [f"write {SWANCTL}", "swanctl --load-all --noprompt", *ENGINE_ONLY]
CA = "/etc/swanctl/x509ca/branchline-oslo-ca.crt"
CA_COMES = [f"write {CA}", "swanctl --load-all --noprompt --clear", f"write {RECORD}"]
CA_GOES = [f"remove {CA}", *CA_COMES[1:]]
ABSENT = Request("absent")
UP = ["Branchline set up", f"line {OSLO} added"]
GONE = ["Branchline removed", f"line {OSLO} removed"]
B = replace(ABSENT, lines=["b"])
LYON = replace(ABSENT, lines=["lyon-lns1"])

DESIRED = [
    #  applied before        asked                            what is said                              what is done
    (None,                   ask(branch(OSLO)),               UP,                                       FIRST),
    (None,                   ask(branch(OSLO), "merged"),     UP,                                       FIRST),
    (branch(OSLO),           ask(branch(OSLO, mtu=1300)),     [f"line {OSLO} changed (mtu)"],           ENGINE_ONLY),
    (branch(OSLO),           ask(branch(OSLO, "b"), "merged"), ["line b added"],                        LINES),
    (branch(OSLO),           ask(branch("b"), "merged"),      ["line b added"],                         LINES),
    (branch(OSLO),           ask(branch("b")),                ["line b added", f"line {OSLO} removed"], LINES),
    (branch(OSLO, "b"),      B,                               ["line b removed"],                       LINES),
    (branch(OSLO),           B,                               [],                                       []),
    (None,                   B,                               [],                                       []),
    (branch(OSLO),           ABSENT,                          GONE,                                     ALL_GOES),
    (None,                   ABSENT,                          [],                                       []),
    (lns("oslo"),            ask(lns("oslo", "lyon")),        ["line lyon-lns1 added"],                 LINES),
    (lns("oslo", "lyon"),    ask(lns("oslo")),                ["line lyon-lns1 removed"],               LINES),
    (lns("oslo", "lyon"),    LYON,                            ["line lyon-lns1 removed"],               LINES),
    (lns("oslo"),            ask(lns("lyon"), "merged"),      ["line lyon-lns1 added"],                 LINES),
    (lns("oslo"),            ask(lns("oslo", hello=5)),       ["LNS setting hello added"],              ENGINE_ONLY),
    (branch(OSLO),           ask(trusting(branch(OSLO))),     ["certificate x509ca oslo-ca added"],     CA_COMES),
    (branch(OSLO),           ask(bundled(branch(OSLO))),      ["guard changed (bundles)"],              POLICIES_COME),
    (bundled(branch(OSLO)),  ask(branch(OSLO)),               ["guard changed (bundles)"],              POLICIES_GO),
    (bundled(branch(OSLO)),  ABSENT,                          GONE,                                     BUNDLE_GOES),
    (trusting(branch(OSLO)), ask(branch(OSLO)),               ["certificate x509ca oslo-ca removed"],   CA_GOES),
]  # fmt: skip


@pytest.mark.parametrize(("before", "asked", "said", "done"), DESIRED)
def test_desired(before, asked, said, done):
    host = converged(before)
    result = converge(asked, host)
    assert (result["changes"], host.log, result["changed"]) == (said, done, bool(done))
    host.log.clear()
    assert converge(asked, host)["changed"] is False
    assert host.log == []


@pytest.mark.parametrize(("before", "asked", "said", "_done"), DESIRED)
def test_check_mode_says_the_same_and_does_nothing(before, asked, said, _done):
    host = converged(before)
    files = dict(host.files)
    assert converge(asked, host, check_mode=True)["changes"] == said
    assert (host.log, host.files) == ([], files)


def edit(path):
    def by_hand(host):
        host.files[path] = replace(host.files[path], text=host.files[path].text + "# mine\n")

    return by_hand


def put(name, value):
    return lambda host: setattr(host, name, value)


def open_to_all(host):
    host.files[ENGINE] = replace(host.files[ENGINE], mode=0o644)


GUARD_LOADED = [f"nft --file {GUARD}", f"write {RECORD}"]
LACKS, POLICIES_LOADED = "the policies for ESP within AH", [NONE_LOADED, f"ip -batch {POLICIES}"]
CHARON_LOADED = ["swanctl --load-all --noprompt", f"write {RECORD}"]
CONNECTIONS = [f"write {SWANCTL}", *CHARON_LOADED]
GUARDED = [f"write {GUARD}", *GUARD_LOADED]
CHARON_STARTED = ["systemctl start strongswan.service", f"write {RECORD}"]
ENGINE_STARTED = ["systemctl start branchline.service"]
DRIFT = [
    #  by other hands                        what is said                             what is done
    (edit(SWANCTL),                          f"{SWANCTL} was edited by hand",         CONNECTIONS),
    (edit(GUARD),                            f"{GUARD} was edited by hand",           GUARDED),
    (edit(ENGINE),                           f"{ENGINE} was edited by hand",          [f"write {ENGINE}"]),
    (lambda host: host.files.pop(ENGINE),    f"{ENGINE} was gone",                    [f"write {ENGINE}"]),
    (open_to_all,                            f"{ENGINE} had other permissions",       [f"write {ENGINE}"]),
    (put("running", "{}"),                   "the engine ran another configuration",  ["engine apply"]),
    (put("running", None),                   "the engine was not running",            ENGINE_STARTED),
    (put("table", None),                     "the guard was not loaded",              GUARD_LOADED),
    (put("table", "accept"),                 "the loaded guard was not ours",         GUARD_LOADED),
    (put("policies", ()),                    f"{LACKS} were not loaded",              POLICIES_LOADED),
    (put("charon", None),                    "strongSwan was not running",            CHARON_STARTED),
    (put("charon", {}),                      f"strongSwan had not loaded {OSLO}",     CHARON_LOADED),
    (put("charon", {OSLO: "other"}),         "strongSwan had loaded something else",  CHARON_LOADED),
    (lambda host: host.charon.update(me={}), None,                                    []),
]  # fmt: skip


@pytest.mark.parametrize(("by_other_hands", "said", "done"), DRIFT)
def test_drift_is_repaired_and_said(by_other_hands, said, done):
    asked = ask(bundled(branch(OSLO)))
    host = converged(asked.desired)
    by_other_hands(host)
    assert gather(host)["drift"][:1] == ([said] if said else [])
    result = converge(asked, host)
    assert (result["changes"], host.log) == ([said] if said else [], done)
    assert converge(asked, host)["changed"] is False


def test_a_lost_record_is_written_anew():
    asked = ask(branch(OSLO))
    host = converged(asked.desired)
    host.files[RECORD] = File("{")
    assert converge(asked, host)["changed"] is True
    assert converge(asked, host)["changed"] is False


ALL, MINE = "lns-ikev2-psk", "mine"
ENDED = [
    #  before               asked                     SAs (connection, peer, number)                  ended
    (branch(OSLO),          branch(OSLO, mtu=1300),   [(OSLO, "lns1", "1")],                          []),
    (branch(OSLO),          branch("b"),              [(OSLO, "lns1", "1"), (MINE, "lns1", "2")],     ["1"]),
    (lns("oslo", "lyon"),   lns("oslo"),              [(ALL, "lyon", "1"), (ALL, "oslo", "2")],       ["1"]),
    (lns("oslo", "lyon"),   lns("oslo"),              [(MINE, "lyon", "1")],                          []),
]  # fmt: skip


@pytest.mark.parametrize(("before", "asked", "sas", "ended"), ENDED)
def test_sas_of_what_is_gone_are_ended_after_the_engine_has_closed_it(before, asked, sas, ended):
    host = converged(before)
    for sa in sas:
        host.connect(*sa)
    converge(ask(asked), host)
    commands = [f"swanctl --terminate --ike-id {number} --force --timeout 5" for number in ended]
    assert [line for line in host.log if "terminate" in line] == commands
    assert [line for line in host.log if "terminate" in line or line == "engine apply"] == ["engine apply", *commands]


def test_an_initiator_with_a_new_secret_connects_anew():
    host = converged(branch(OSLO))
    host.connect(OSLO, "lns1", "7")
    asked = ask(branch(OSLO))
    result = converge(replace(asked, secrets={**asked.secrets, f"{OSLO}.psk.1": "new"}), host)
    assert result["changes"] == [f"line {OSLO} changed (IPsec secret ike-{OSLO})"]
    assert host.ike == ()


def test_merged_needs_no_secrets_of_the_lines_that_it_keeps():
    host = converged(branch(OSLO))
    converge(ask(branch("b"), "merged"), host)
    assert f"value of {f'{OSLO}.ppp.1'[::-1]}" in host.files[ENGINE].text


def test_what_the_engine_refuses_changes_nothing():
    host = converged(branch(OSLO))
    host.refuses = "1300"
    with pytest.raises(EngineError, match=r"lines.x: is refused; do otherwise"):
        converge(ask(branch(OSLO, mtu=1300)), host)
    assert host.log == []


def test_a_missing_secret_changes_nothing():
    host = FakeMachine()
    with pytest.raises(MissingSecretError, match=r"oslo-lns1.ppp.1, oslo-lns1.psk.1, oslo-lns1.tunnel.1"):
        converge(Request("overridden", branch(OSLO)), host)
    assert host.log == []


def test_check_mode_before_the_engine_is_installed():
    host = FakeMachine()
    host.installed = False
    assert converge(ask(branch(OSLO)), host, check_mode=True)["warnings"] == [
        "the engine is not installed yet, so that it could not check the configuration"
    ]


def test_a_failed_step_says_what_was_done_and_the_next_run_goes_on():
    host = FakeMachine()
    host.broken = {"systemctl start strongswan": "no such unit"}
    asked = ask(branch(OSLO))
    with pytest.raises(StepFailedError, match=r"starting strongswan.service failed: no such unit") as failed:
        converge(asked, host)
    assert failed.value.done == [f"writing {GUARD}", f"loading the guard from {GUARD}", f"writing {SWANCTL}"]
    assert host.running is None
    host.broken, host.log = {}, []
    assert converge(asked, host)["changes"] == ["Branchline set up", f"line {OSLO} added"]
    assert converge(asked, host)["changed"] is False


def test_no_secret_is_shown():
    asked = ask(branch(OSLO, "b"))
    host = FakeMachine()
    shown = [converge(asked, host), converge(ask(branch("b", mtu=1300)), host), gather(host)]
    assert shown[0]["diff"]
    assert not [value for value in asked.secrets.values() if value in json.dumps(shown)]
    assert f"<secret {OSLO}.ppp.1 " in json.dumps(shown)
