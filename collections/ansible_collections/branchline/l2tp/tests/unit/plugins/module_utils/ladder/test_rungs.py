"""The seven rungs over a line that holds, and over the same line with one thing wrong at a time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder import climb, intent, sas
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.capture import Capture, Flow
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.echo import Outcome
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.facts import Daemons, Facts
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.frames import Frame
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.kernel import Interface, Route
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.leaks import Sorted

RECORDED = Path(__file__).parent / "recorded"
LINE: dict[str, Any] = {
    "name": "rotterdam-lns1", "kind": "voluntary", "ends": ["rotterdam", "lns1"], "branch": "rotterdam", "lns": "lns1",
    "address": None, "pool": "branches", "pool_ranges": ["10.20.0.16-10.20.0.127"], "lns_address": "10.20.0.1",
    "ike_version": 2, "auth": "psk", "local_id": "rotterdam", "remote_id": "lns1",
    "proposals": ["aes256gcm16-prfsha384-ecp384"], "esp_proposals": ["aes256gcm16-ecp384"], "mtu": 1360,
    "branch_lans": [], "lns_lans": ["10.10.0.0/24"], "lns_probe": "10.10.0.10", "branch_probe": None,
    "interface": "rotterdam-lns1", "lns_interface": "l2tp0", "protection": "esp",
}  # fmt: skip
SHA = "5f" * 32
ENGINE = {"version": "0.1.0", "pid": 77, "uptime": 3.2, "config_sha256": SHA, "datapath": {"name": "tun"}, "lines": []}


def recorded(host: str) -> dict[str, Any]:
    return dict(json.loads((RECORDED / f"{host}.json").read_text()))


def entry(role: str) -> dict[str, Any]:
    branch, lns = {"address": "10.99.0.1", "port": 40123}, {"address": "203.0.113.10", "port": 1701}
    client = role == "branch"
    return {
        "line": "rotterdam-lns1", "role": "client" if client else "lns", "state": "open", "uptime": 3.2,
        "peer": lns if client else branch, "local": branch if client else lns,
        "tunnel": {"id": 1, "peer_id": 2, "state": "established"}, "session": {"id": 3, "peer_id": 4},
        "user": "rotterdam", "auth": "mschapv2", "address": "10.20.0.17", "peer_address": "10.20.0.1",
        "pool": None if client else "branches", "interface": "rotterdam-lns1" if client else "l2tp0", "mtu": 1360,
        "counters": {"rx_packets": 0, "rx_bytes": 0, "tx_packets": 0, "tx_bytes": 0}, "last_error": None,
    }  # fmt: skip


def spent(probe: Any) -> Outcome:
    """What a probe finds on a line that holds."""
    if probe.size > 1360:
        return Outcome(probe, refused="EMSGSIZE")
    return Outcome(probe, probe.count, dict.fromkeys(range(probe.count), 0.001))


def facts(role: str, line: dict[str, Any] | None = None) -> Facts:
    """One end of a line that holds."""
    host, sample = ("rotterdam", "rotterdam") if role == "branch" else ("lns1", "lns")
    end = intent.end_of(line or LINE, host)
    connections = {name: value for conn in recorded(sample)["conns"] for name, value in conn.items()}
    before = sas.Index(sas.parse(recorded(sample)["sas"]))
    daemons = Daemons(ENGINE, config_sha256=SHA, charon={"version": "5.9.8"}, connections=connections)
    one = Facts(end, daemons, entry(role), entry(role), waited=1.25)
    one.ike = before.for_connection(end.line) if end.is_branch else before.for_peer("10.99.0.1", "rotterdam")
    assert one.ike is not None
    (child,) = one.ike.children
    grown = replace(child, bytes_in=child.bytes_in + 900, bytes_out=child.bytes_out + 900)
    one.ike_after = replace(one.ike, children=[grown])
    own = "10.20.0.17" if end.is_branch else "10.20.0.1"
    one.interfaces = {end.interface: Interface(end.interface, 1360, True, [own])}
    through, outer = Route(end.interface, None, own), Route("eth1", "192.168.1.1", None)
    one.routes = {"10.20.0.1": through, "10.10.0.10": through, "10.10.0.1": through, "10.20.0.17": through}
    one.routes |= {one.ike.remote[0]: outer}
    one.traffic = [spent(probe) for probe in climb.probes(one, 5)]
    flows = {
        Flow("eth1", True, Frame("esp_udp", "a", "b", child.spi_out)): 9,
        Flow("eth1", False, Frame("esp_udp", "b", "a", child.spi_in)): 9,
    }
    return captured(one, flows)


def captured(one: Facts, flows: dict[Flow, int]) -> Facts:
    one.capture = Capture(Counter(flows), ["eth1"], 1.5)
    one.share = Sorted(one.capture).share(climb.marks(one), one.end.protection)
    return one


def rungs(one: Facts) -> dict[int, dict[str, Any]]:
    return {rung["rung"]: rung for rung in climb.judge(one)["rungs"]}


@pytest.mark.parametrize("role", ["branch", "lns"])
def test_a_line_that_holds(role: str) -> None:
    result = climb.judge(facts(role))
    assert [(rung["rung"], rung["ok"], rung["what"]) for rung in result["rungs"]] == [
        (n, True, "") for n in range(1, 8)
    ]
    assert (result["ok"], result["role"], result["state"]) == (True, role, "open")
    json.dumps(result)


def test_what_is_measured() -> None:
    found = {number: rung["evidence"] for number, rung in rungs(facts("lns")).items()}
    assert found[1]["connection"] == "lns-v2"
    assert (found[2]["proposal"], found[2]["remote"]["id"]) == ("aes256gcm16-prfsha384-ecp384", "rotterdam")
    assert (found[2]["remote"]["address"], found[2]["remote"]["nat"]) == ("203.0.113.1", True)
    assert (found[3]["spi_in"], found[3]["protocol"], found[3]["mode"]) == ("c57a180b", "esp in UDP", "tunnel")
    assert (found[4]["address"], found[4]["expected"]["pool"]) == ("10.20.0.17", "branches")
    assert found[5]["to_peer_outside"] == {"address": "203.0.113.1", "dev": "eth1", "via": "192.168.1.1"}
    assert found[6]["full_mtu_df"]["10.20.0.17"]["received"] == 2
    assert found[6]["one_byte_more_df"]["10.20.0.17"]["verdict"] == "refused by this host"
    assert found[7]["counters"]["bytes_in"] == [650, 1550]
    assert found[7]["counters"]["rose"]["bytes_out"] == 900
    assert (found[7]["capture"]["protected_out"], found[7]["capture"]["cleartext"]) == (9, 0)


def engine(one: Facts, **changes: Any) -> None:
    one.daemons.engine = {**one.daemons.engine, **changes}


def status(one: Facts, **changes: Any) -> None:
    one.entry = {**(one.entry or {}), **changes}


def ike(one: Facts, **changes: Any) -> None:
    assert one.ike is not None
    one.ike = replace(one.ike, **changes)


def child(one: Facts, **changes: Any) -> None:
    assert one.ike is not None
    one.ike = replace(one.ike, children=[replace(one.ike.children[0], **changes)])


def after(one: Facts, **changes: Any) -> None:
    assert one.ike_after is not None
    one.ike_after = replace(one.ike_after, children=[replace(one.ike_after.children[0], **changes)])


def outcome(one: Facts, number: int, **changes: Any) -> None:
    assert one.traffic is not None
    one.traffic[number] = replace(one.traffic[number], **changes)


def end(one: Facts, **changes: Any) -> None:
    one.end = replace(one.end, **changes)


def seen(one: Facts, kind: str, source: str, destination: str) -> None:
    assert one.capture is not None
    captured(one, {**one.capture.flows, Flow("eth1", True, Frame(kind, source, destination)): 2})


ESP_OUT = ("l2tp", "192.168.1.10", "203.0.113.10")
BRANCH_FAULTS = [
    # rung, damage, what it says
    (1, lambda one: setattr(one.daemons, "engine_error", "no engine answers"), "the engine does not answer: no eng"),
    (1, lambda one: engine(one, config_sha256="00"), "runs another configuration"),
    (1, lambda one: setattr(one.daemons, "config_error", "Permission denied"), "cannot be read: Permission denied"),
    (1, lambda one: setattr(one, "entry", None), "does not know the line"),
    (1, lambda one: setattr(one.daemons, "charon_error", "refused"), "charon does not answer: refused"),
    (1, lambda one: setattr(one.daemons, "connections", {"other": {}}), "no connection for the line (loaded: other"),
    (2, lambda one: setattr(one, "ike", None), "there is no IKE SA"),
    (2, lambda one: ike(one, state="CONNECTING"), "is CONNECTING, not ESTABLISHED"),
    (2, lambda one: ike(one, version="1"), "IKEv1 instead of IKEv2"),
    (2, lambda one: ike(one, remote_id="mallory"), "remote identity is mallory, expected lns1"),
    (2, lambda one: ike(one, algorithms={"encr": "3des", "dh": "modp1024"}), "negotiated 3des-modp1024"),
    (3, lambda one: setattr(one, "ike", None), "no child SA is installed (no IKE SA)"),
    (3, lambda one: child(one, state="REKEYED"), "no child SA is installed (REKEYED)"),
    (3, lambda one: child(one, remote_ts=["203.0.113.10/32[tcp]"]), "does not cover 203.0.113.10 udp/1701"),
    (3, lambda one: child(one, local_ts=["10.99.0.9/32[udp]"]), "local selector 10.99.0.9/32[udp] does not"),
    (3, lambda one: child(one, algorithms={"encr": "aes128", "integ": "sha1"}), "negotiated aes128-sha1"),
    (4, lambda one: setattr(one, "entry", None), "does not know the line"),
    (4, lambda one: status(one, state="tunnel", last_error={"what": "SCCRQ lost"}), "is tunnel, not open: SCCRQ lost"),
    (4, lambda one: end(one, address="10.20.0.20"), "the address is 10.20.0.17, expected 10.20.0.20"),
    (4, lambda one: status(one, address="10.20.1.5"), "10.20.1.5 is not in pool branches"),
    (4, lambda one: status(one, address=None), "has no address"),
    (4, lambda one: status(one, peer_address="10.20.0.2"), "LNS's end is 10.20.0.2, expected 10.20.0.1"),
    (4, lambda one: setattr(one, "interfaces", {}), "no interface rotterdam-lns1"),
    (4, lambda one: setattr(one, "interfaces", {"rotterdam-lns1": Interface("", 1360, True)}), "no address"),
    (5, lambda one: one.routes.update({"10.10.0.10": Route("eth1", None, None)}), "10.10.0.10 is routed by eth1"),
    (5, lambda one: one.routes.pop("10.20.0.1"), "10.20.0.1 is routed nowhere"),
    (5, lambda one: one.routes.update({"203.0.113.10": Route("rotterdam-lns1", None, None)}), "into the line itself"),
    (5, lambda one: one.routes.pop("203.0.113.10"), "203.0.113.10 is routed nowhere"),
    (6, lambda one: outcome(one, 0, rtts={0: 0.1}), "1 of 5 packets of 84 bytes to 10.20.0.1"),
    (6, lambda one: outcome(one, 2, rtts={}, told_mtu=1300, told_by="10.9.9.9"), "10.9.9.9 says that its MTU is 1300"),
    (6, lambda one: outcome(one, 2, rtts={}, sent=0, refused="EMSGSIZE"), "were answered (refused"),
    (6, lambda one: outcome(one, 4, rtts={0: 0.1}, refused=""), "of 1361 bytes with DF was carried"),
    (6, lambda one: setattr(one, "traffic", []), "no traffic could be sent"),
    (7, lambda one: after(one, bytes_in=650), "bytes_in did not rise: 650 -> 650"),
    (7, lambda one: setattr(one, "ike_after", None), "bytes_out did not rise"),
    (7, lambda one: captured(one, {}), "saw 0 protected packets leave and 0 come in"),
    (7, lambda one: seen(one, *ESP_OUT), "L2TP 192.168.1.10 > 203.0.113.10 (2)"),
    (7, lambda one: seen(one, "ip", "10.20.0.17", "10.10.0.10"), "inner 10.20.0.17 > 10.10.0.10 (2)"),
    (7, lambda one: setattr(one.capture, "error", "eth1: Operation not permitted"), "no capture: eth1: Operation not"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "damage", "what"), BRANCH_FAULTS, ids=[row[2] for row in BRANCH_FAULTS])
def test_one_thing_wrong(number: int, damage: Callable[[Facts], Any], what: str) -> None:
    one = facts("branch")
    damage(one)
    rung = rungs(one)[number]
    assert rung["ok"] is False
    assert what in rung["what"]
    assert rung["remedy"]
    assert climb.judge(one)["ok"] is False


def test_one_lost_packet_of_five_is_tolerated() -> None:
    one = facts("branch")
    outcome(one, 0, rtts=dict.fromkeys(range(4), 0.1))
    assert rungs(one)[6]["ok"] is True


def test_one_full_packet_that_is_answered_proves_the_mtu() -> None:
    one = facts("branch")
    outcome(one, 2, rtts={1: 0.1})
    assert rungs(one)[6]["ok"] is True


def test_a_rekey_in_between_counts_from_zero() -> None:
    one = facts("branch")
    after(one, spi_in="00000099", bytes_in=400, bytes_out=400)
    rung = rungs(one)[7]
    assert (rung["ok"], rung["evidence"]["counters"]["rose"]["bytes_in"]) == (True, 400)


def test_the_lns_knows_a_missing_line_by_its_version() -> None:
    one = facts("lns")
    one.ike = None
    assert rungs(one)[1]["evidence"]["connection"] == "lns-v2"
    end(one, ike_version=1)
    assert rungs(one)[1]["evidence"]["connection"] == "lns-v1"


def test_a_line_outside_of_the_sample_is_not_asked() -> None:
    one = facts("lns")
    one.traffic = None
    found = rungs(one)
    assert (found[6]["ok"], found[7]["ok"], climb.judge(one)["ok"]) == (None, None, True)
    assert "not in the sample" in found[6]["what"]


@pytest.mark.parametrize("allowed", [True, False])
def test_a_line_without_ipsec_says_so(*, allowed: bool) -> None:
    one = facts("branch", {**LINE, "protection": "none", "allow_cleartext": allowed})
    found = rungs(one)
    assert [found[number]["ok"] for number in (2, 3, 7)] == [allowed] * 3
    assert "no IPsec" in found[7]["what"]
    assert found[6]["ok"] is True


def test_a_one_armed_host_forwards_without_leaking() -> None:
    one = facts("lns")
    one.routes["10.10.0.10"] = one.routes[one.peer_outer or ""]
    seen(one, "ip", "10.10.0.10", "10.20.0.17")
    assert rungs(one)[7]["ok"] is True
    seen(one, "ip", "10.20.0.1", "10.20.0.17")
    assert rungs(one)[7]["ok"] is False


def test_sample() -> None:
    names = [f"line-{number}" for number in range(1000)]
    assert climb.sampled(names, 0) == set(names)
    assert len(climb.sampled(names, 20)) == 20
    assert climb.sampled(names, 20) == climb.sampled(list(reversed(names)), 20)
    assert climb.sampled(["one"], 20) == {"one"}


@pytest.mark.parametrize(
    ("address", "ranges", "inside"),
    [
        ("10.20.0.16", ["10.20.0.16-10.20.0.127"], True),
        ("10.20.0.128", ["10.20.0.16 - 10.20.0.127"], False),
        ("10.20.3.9", ["10.20.0.0/24", "10.20.3.0/24"], True),
        ("10.20.0.5", ["10.20.0.5"], True),
        ("2001:db8::1", ["10.20.0.16-10.20.0.127"], False),
        ("10.20.0.5", [], False),
    ],
)
def test_in_ranges(address: str, ranges: list[str], *, inside: bool) -> None:
    assert intent.in_ranges(address, ranges) is inside


def test_no_end_of_the_line() -> None:
    with pytest.raises(ValueError, match="oslo is no end of line rotterdam-lns1: its ends are rotterdam, lns1"):
        intent.end_of(LINE, "oslo")
