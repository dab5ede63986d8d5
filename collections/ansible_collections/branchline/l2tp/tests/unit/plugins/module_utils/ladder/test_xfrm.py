"""The kernel's IPsec by netlink: recorded messages (Linux 6.1) as values; rungs 3 and 7 of a line that it carries."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder import climb, rungs_xfrm, xfrm
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.facts import Facts
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.xfrm import Policy, State, Xfrm
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.ladder.test_rungs import LINE, facts

RECORDED = json.loads((Path(__file__).parent / "recorded/xfrm.json").read_text())
HERE, THERE = "192.0.2.1", "192.0.2.2"
STATES = [
    #     spi         proto  mode         from    to     reqid  algorithms
    State("000000c5", "ah",  "transport", THERE,  HERE,  8,     {"integ": "sha1"}, 0, 0),
    State("00c2c3c4", "esp", "tunnel",    THERE,  HERE,  7,     {"encr": "aes128", "integ": "sha256"}, 0, 0),
    State("000000c1", "esp", "transport", HERE,   THERE, 7,     {"encr": "aes256gcm16"}, 0, 0),
]  # fmt: skip
POLICIES = [
    Policy("in", "2001:db8::/64", 0, "2001:db8:1::/64", 0, 0, 0, (("esp", "tunnel", 9),)),
    Policy("out", f"{HERE}/32", 20001, f"{THERE}/32", 1701, 17, 5, (("esp", "transport", 7), ("ah", "transport", 8))),
]


def test_what_the_kernel_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xfrm, "dump", lambda kind: [bytes.fromhex(body) for body in RECORDED[str(kind)]])
    assert xfrm.observe() == Xfrm({state.spi: state for state in STATES}, POLICIES)


def test_a_dump_that_is_refused_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_kind: int) -> list[bytes]:
        raise OSError(93, "Protocol not supported")

    monkeypatch.setattr(xfrm, "dump", refused)
    assert xfrm.observe() == Xfrm(error="XFRM netlink: Protocol not supported")


COVERS = [
    #  from             to             covered
    ((HERE, 20001),     (THERE, 1701), True),
    ((HERE, 20002),     (THERE, 1701), False),
    ((HERE, 20001),     (HERE, 1701),  False),
    (("2001:db8::", 1), (THERE, 1701), False),
]  # fmt: skip


@pytest.mark.parametrize(("source", "destination", "covered"), COVERS)
def test_covers(source: tuple[str, int], destination: tuple[str, int], covered: bool) -> None:
    assert POLICIES[1].covers(source, destination) is covered


def kernel(**changes: Any) -> Facts:
    """The branch's end of a line that holds, its ESP in the kernel."""
    one = facts("branch", LINE | {"backend": {"rotterdam": "kernel", "lns1": "kernel"}, "mode": "transport", **changes})
    assert one.ike is not None
    assert one.ike_after is not None
    child = replace(one.ike.children[0], mode="transport")
    one.ike, one.ike_after = replace(one.ike, children=[child]), replace(one.ike_after, children=[child])
    one.xfrm, one.xfrm_after = seen(child.spis, 5), seen(child.spis, 9)
    return one


def seen(spis: tuple[str, str], packets: int) -> Xfrm:
    """What a kernel has that carries the line."""
    states = {spi: State(spi, "esp", "transport", "", "", 7, {"encr": "aes256gcm16"}, 900, packets) for spi in spis}
    near, far, done = ("10.99.0.1/32", 40123), ("203.0.113.10/32", 1701), (("esp", "transport", 7),)
    return Xfrm(states, [Policy("out", *near, *far, 17, 0, done), Policy("in", *far, *near, 17, 0, done)])


def rung(one: Facts, number: int) -> dict[str, Any]:
    return next(found for found in climb.judge(one)["rungs"] if found["rung"] == number)


def test_a_line_that_the_kernel_carries() -> None:
    third, seventh = rung(kernel(), 3), rung(kernel(), 7)
    assert (third["ok"], third["what"], third["evidence"]["esp"]) == (True, "", "kernel transport")
    assert third["evidence"]["kernel"]["policies"][0] == (
        "out 10.99.0.1/32[40123] -> 203.0.113.10/32[1701]: esp transport"
    )
    assert sorted(seventh["evidence"]["counters"]["kernel_packets"].values()) == [[5, 9], [5, 9]]


def states(one: Facts, **changes: Any) -> None:
    assert one.xfrm is not None
    one.xfrm = replace(one.xfrm, states={spi: replace(state, **changes) for spi, state in one.xfrm.states.items()})


def policies(one: Facts, **changes: Any) -> None:
    assert one.xfrm is not None
    one.xfrm = replace(one.xfrm, policies=[replace(policy, **changes) for policy in one.xfrm.policies])


WRONG = [
    # what is done to it                                              what rung 3 says
    (lambda one: setattr(one, "xfrm", Xfrm()),                        "the kernel has no state with SPI"),
    (lambda one: setattr(one, "xfrm", Xfrm(error="not allowed")),     "not allowed"),
    (lambda one: states(one, mode="tunnel"),                          "is esp tunnel, planned esp transport"),
    (lambda one: states(one, algorithms={"encr": "3des"}),            "the kernel does 3des, which no proposal"),
    (lambda one: policies(one, source_port=9),                        "no policy out has esp done to UDP 10.99.0.1"),
    (lambda one: policies(one, protocol=6),                           "no policy in has esp done to UDP 203.0.113.10"),
    (lambda one: policies(one, templates=(("ah", "transport", 7),)),  "no policy out has esp done"),
    (lambda one: states(one, reqid=8),                                "no policy out has esp done"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "what"), WRONG, ids=[what for _wrong, what in WRONG])
def test_what_is_wrong_is_said(wrong: Any, what: str) -> None:
    one = kernel()
    wrong(one)
    found = rung(one, 3)
    assert found["ok"] is False
    assert what in found["what"]


def test_ports_behind_a_mark_are_the_guards_own() -> None:
    one = kernel()
    policies(one, source_port=9, destination_port=9, mark=3)
    assert rungs_xfrm.inspected(one)[1] == []


def test_a_state_that_counts_nothing() -> None:
    one = kernel()
    one.xfrm_after = one.xfrm
    assert "no esp state of the kernel counted a packet" in rung(one, 7)["what"]


def test_a_bundle_needs_both() -> None:
    assert "no child SA of ah is installed" in rung(kernel(protection="esp+ah"), 3)["what"]
