"""The rungs of a line from what a device shows: transcripts of each platform, and what is told of what is wrong."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.report.evidence_join import Answer, join
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver, package, readings
from ansible_collections.branchline.l2tp.tests.unit.plugins.plugin_utils.device import cases
from ansible_collections.branchline.l2tp.tests.unit.plugins.plugin_utils.device.transcripts import TRANSCRIPTS

DEVICES = {name: cases.CASES[case][0] for name, (case, _said) in TRANSCRIPTS.items()}
WITHOUT_ROUTES = ("cisco_ios", "mikrotik_lns")  # as LNSs
WRONG = [
    # transcript, check, what it shows instead, rung, what is told
    ("linux_ssh", "daemons", "", 1, "the line is not configured; the line is not running"),
    ("linux_ssh", "sa", "", 2, "the IKE SA is not there"),
    ("linux_ssh", "sa", ("ESTABLISHED", "CONNECTING"), 2, "the IKE SA is CONNECTING"),
    ("linux_ssh", "sa", ("remote 'lns1'", "remote 'lns2'"), 2, "remote_id is lns2, expected lns1"),
    ("linux_ssh", "sa", ("IKEv2", "IKEv1"), 2, "ike_version is 1, expected 2"),
    ("linux_ssh", "sa", ("AES_GCM_16-256/", "AES_CBC-128/"), 2,
     "negotiated AES_CBC-128/PRF_HMAC_SHA2_384/ECP_384, which no proposal of the line has"),
    ("linux_ssh", "sa", ("INSTALLED", "REKEYING"), 3, "the child SA is REKEYING"),
    ("linux_ssh", "sa", ("[udp/l2f]", "[tcp]"), 3,
     "the selector 203.0.113.10/32[tcp] does not cover 203.0.113.10 udp/1701"),
    ("linux_ssh", "address", "Device \"bergen-lns1\" does not exist.", 4, "the line is down, it has no address"),
    ("linux_ssh", "address", ("10.20.0.20", "10.9.9.9"), 4, "the address 10.9.9.9 is not of pool branches"),
    ("linux_ssh", "routes", ("10.10.0.1 dev bergen-lns1", "10.10.0.1 via 1.2.3.4 dev eth0"), 5,
     "10.10.0.1 is routed by eth0, expected bergen-lns1"),
    ("linux_ssh", "ping 10.10.0.10", ("5 received", "1 received"), 6, "1 of 5 packets to 10.10.0.10 were answered"),
    ("linux_ssh", "ping_full 10.20.0.1", ("2 received", "0 received"), 6,
     "0 of 2 packets of 1360 octets to 10.20.0.1 were answered"),
    ("linux_ssh", "after", ("9000 bytes,    90", "1000 bytes,    12"), 7,
     "the SA's bytes_in did not rise: 1000 -> 1000"),
    ("cisco_iosxe", "configuration", "% Invalid input", 1, "the line is not configured; the line is not running"),
    ("cisco_iosxe", "session", ("UP-ACTIVE", "DOWN-NEGOTIATING"), 2, "the IKE SA is DOWN-NEGOTIATING"),
    ("cisco_iosxe", "sa", "", 3, "no child SA is installed"),
    ("cisco_iosxe", "address", ("10.20.0.20 ", "unassigned "), 4, "the line is up, it has no address"),
    ("cisco_iosxe", "routes", ("Virtual-PPP1", "GigabitEthernet1"), 5,
     "10.10.0.10 is routed by GigabitEthernet1, expected Virtual-PPP1"),
    ("cisco_iosxe", "ping 10.10.0.10", ("100 percent (5/5)", "0 percent (0/5)"), 6,
     "0 of 5 packets to 10.10.0.10 were answered"),
    ("mikrotik_routeros", "peer", ("established", "msg-1-sent"), 2, "the IKE SA is msg-1-sent"),
    ("mikrotik_routeros", "session", ("status: connected", "status: dialing"), 4, "the session is dialing"),
    ("mikrotik_routeros", "after", ("current-bytes=9000", "current-bytes=4000"), 7,
     "the SA's bytes_in did not rise: 4000 -> 4000"),
    ("cisco_ios", "tunnel", "", 2, "the IKE SA is not there"),
    ("cisco_ios", "session", ("Phase1_id: oslo", "Phase1_id: lyon"), 2, "remote_id is lyon, expected oslo"),
    ("cisco_ios", "sa", ("198.51.100.10 port", "198.51.100.11 port"), 3, "no child SA is installed"),
    ("mikrotik_lns", "peer", ("id=oslo", "id=lyon"), 2, "remote_id is lyon, expected oslo"),
    ("mikrotik_lns", "sa", ("198.51.100.10", "198.51.100.11"), 3, "no child SA is installed"),
    ("vyos", "sessions", "", 4, "the line is down, it has no address"),
    ("vyos", "sessions", ("| active |", "| finish |"), 4, "the session is finish"),
    ("vyos", "sessions", ("198.51.100.10", "198.51.100.99"), 2, "the IKE SA is not there"),
    ("vyos", "sa", ("#1, ESTABLISHED", "#1, CONNECTING"), 2, "the IKE SA is CONNECTING"),
    ("vyos", "sa", ("AES_CBC-256/", "AES_CBC-192/"), 2, "which no proposal of the line has"),
    ("vyos", "sa", ("#1, reqid 1, INSTALLED", "#1, reqid 1, REKEYING"), 3, "the child SA is REKEYING"),
    ("vyos", "after", ("9000 bytes,    90", "1000 bytes,    12"), 7, "the SA's bytes_in did not rise: 1000 -> 1000"),
    ("lac", "configuration", ("corp.example", "b.example"), 1, "lac1-lns1: the line is not running"),
    ("lac", "session", ("UP-ACTIVE", "DOWN"), 2, "lac1-lns1: the IKE SA is DOWN"),
    ("lac", "session", ("Phase1_id: lns1", "Phase1_id: lns9"), 2, "remote_id is lns9, expected lns1"),
    ("lac", "sa", "", 3, "lac1-lns1: no child SA is installed"),
    ("lac", "vpdn", ("home1@corp.example", "home2@corp.example"), 4, "lac1-lns1: the session is not there"),
    ("lac", "vpdn", ("Gi0/0/2  est", "Gi0/0/2  wt-sss"), 4, "lac1-lns1: the session is wt-sss"),
    ("lac", "pppoe", ("N/A        FWDED", "Vi2.1      PTA"), 4, "lac1-lns1: no PPPoE session is carried on"),
    ("lac", "sa", ("#pkts decaps: 118", "#pkts decaps: 0"), 7, "lac1-lns1: the SA's packets_in are 0"),
]  # fmt: skip


def line_of(name):
    """The device, its platform and its line of the plan."""
    case, _said = TRANSCRIPTS[name]
    device = DEVICES[name]
    lines = [line for line in cases.planned(case).lines if device in line["ends"]]
    return device, case.partition("/")[0], {**lines[-1], "branch_probe": None} if device == "lns1" else lines[0]


def climbed(name, changes=None):
    device, platform, line = line_of(name)
    return driver.evidence(platform, line, device, {**TRANSCRIPTS[name][1], **(changes or {})})


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_what_is_asked_is_what_the_transcript_answers(name):
    device, platform, line = line_of(name)
    assert list(driver.checks(platform, line, device, {})) == list(TRANSCRIPTS[name][1])


FIRST = [
    # transcript     what tells which address the branch got
    ("vyos",         "sessions"),
    ("cisco_ios",    "users"),
    ("mikrotik_lns", "users"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "first"), FIRST)
def test_an_address_of_a_pool_is_asked_for_first_and_then_pinged(name, first):
    device, platform, line = line_of(name)
    line, said = {**line, "address": None}, TRANSCRIPTS[name][1]
    assert list(driver.checks(platform, line, device, {})) == [first]
    asked = driver.checks(platform, line, device, {first: said[first]})
    assert list(asked) == list(said)
    answered = {first: said[first], **{key: said[key] for key in asked}}
    rungs = driver.evidence(platform, line, device, answered)["rungs"]
    assert [rung["rung"] for rung in rungs if not rung["ok"]] == ([5] if name in WITHOUT_ROUTES else [])
    assert "ping 10.20.0.20" not in driver.checks(platform, line, device, {first: "nobody"})


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_a_line_that_is_up(name):
    found = climbed(name)
    assert [rung["what"] for rung in found["rungs"] if rung["ok"] is False] == []
    assert (found["ok"], found["state"], found["end"]) == (True, "open", DEVICES[name])
    assert [rung["rung"] for rung in found["rungs"]] == [1, 2, 3, 4, 5, 6, 7]
    shown = [rung["rung"] for rung in found["rungs"] if rung["ok"]]
    without = [5, 6] if name == "lac" else [5] if name in WITHOUT_ROUTES else []
    assert shown == [number for number in range(1, 8) if number not in without]
    if name != "lac":
        assert found["rungs"][3]["evidence"]["address"] == "10.20.0.20"


def test_a_lac_shows_tunnel_session_and_pppoe_and_leaves_ppp_to_the_ends():
    found = climbed("lac")
    assert (found["role"], found["rungs"][5]["what"]) == ("lac", "this host reads no PPP: the two ends answer")
    assert found["rungs"][3]["evidence"]["lac1-lns1"] == {
        "session_state": "est",
        "circuit": "Gi0/0/2",
        "tunnel": {"id": 26090, "peer_id": 11},
        "session": {"id": 18521, "peer_id": 16},
        "pppoe": {"session": 19},
        "pppoe_sessions": [19],
    }


def test_the_report_joins_a_lac_with_its_neighbours():
    """The LNS has another session, the remote another one of PPPoE: they speak of different lines."""
    _device, _platform, line = line_of("lac")

    def verdict(lns_session, pppoe):
        said = {"lac1": climbed("lac")}
        for end, part in (("lns1", {"session": lns_session}), ("home1", {"pppoe": {"session": pppoe}})):
            rungs = [{**rung, "evidence": part if rung["rung"] == 4 else {}} for rung in climbed("lac")["rungs"]]
            said[end] = {**said["lac1"], "end": end, "rungs": rungs}
        answers = {end: Answer(lines={line["name"]: one}) for end, one in said.items()}
        (joined,) = join([line], answers)
        return joined["result"], joined["rungs"][3]["what"].get("both", "")

    assert verdict({"id": 16, "peer_id": 18521}, 19) == ("proven", "")
    assert "different sessions" in verdict({"id": 17, "peer_id": 18521}, 19)[1]
    assert "different PPPoE sessions" in verdict({"id": 16, "peer_id": 18521}, 20)[1]


OF_MANY = [
    # transcript     counter        before, after
    ("vyos",         "bytes_in",    ["1000", "9000"]),
    ("cisco_ios",    "packets_in",  ["100", "141"]),
    ("mikrotik_lns", "bytes_in",    ["4000", "9000"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "counter", "values"), OF_MANY)
def test_of_many_branches_in_one_list_the_sas_are_those_of_the_line(name, counter, values):
    rungs = climbed(name)["rungs"]
    assert rungs[2]["evidence"]["spis"] == ["c1234567", "c7654321"]
    assert rungs[6]["evidence"]["counters"][counter] == values


@pytest.mark.parametrize(("name", "check", "instead", "number", "told"), WRONG)
def test_what_is_wrong_is_told(name, check, instead, number, told):
    said = TRANSCRIPTS[name][1][check]
    changed = said.replace(*instead) if isinstance(instead, tuple) else instead
    assert changed != said
    rung = climbed(name, {check: changed})["rungs"][number - 1]
    assert rung["ok"] is False
    assert told in rung["what"]
    assert rung["remedy"]


def test_one_full_packet_that_is_answered_proves_the_mtu():
    said = TRANSCRIPTS["linux_ssh"][1]["ping_full 10.20.0.1"].replace("2 received", "1 received")
    assert climbed("linux_ssh", {"ping_full 10.20.0.1": said})["rungs"][5]["ok"]


def test_what_textfsm_cannot_read_is_told():
    found = climbed("cisco_iosxe", {"ping 10.10.0.10": "% Unrecognized host or address"})
    assert "cisco_ios_ping cannot read the answer" in found["rungs"][0]["evidence"]["unread"]["ping 10.10.0.10"]
    assert found["rungs"][5]["ok"] is False


def test_a_template_that_is_not_there_is_told(monkeypatch):
    own = package.load("cisco_ios")
    with pytest.raises(readings.ReadError, match="no TextFSM template nonesuch"):
        readings.read(own, "one", {"one": {"command": "show", "textfsm": "nonesuch"}}, {}, "text")
    monkeypatch.setattr(readings, "MISSING", ImportError())
    with pytest.raises(readings.ReadError, match="lacks textfsm"):
        readings.read(own, "one", {"one": {"command": "show", "textfsm": "nonesuch"}}, {}, "text")


def test_a_line_in_clear_holds_only_where_that_is_allowed():
    device, platform, line = line_of("linux_ssh")
    for allowed in (True, False):
        clear = {**line, "protection": "none", "allow_cleartext": allowed, "hops": []}
        rungs = driver.evidence(platform, clear, device, TRANSCRIPTS["linux_ssh"][1])["rungs"]
        assert [rungs[number - 1]["ok"] for number in (2, 3, 7)] == [allowed] * 3


def test_the_report_joins_a_device_with_the_other_end():
    """The IKE and child SAs of both ends are compared; a rung that a device cannot show is told as such."""
    device, _platform, line = line_of("linux_ssh")
    mine = climbed("linux_ssh")
    spis = {"initiator_spi": "1a2b3c4d5e6f7081", "responder_spi": "0f1e2d3c4b5a6978"}
    theirs = {**mine, "end": "lns1", "rungs": [{**rung, "evidence": {**rung["evidence"]}} for rung in mine["rungs"]]}
    (joined,) = join([line], {device: Answer(lines={line["name"]: mine}), "lns1": Answer(lines={line["name"]: theirs})})
    assert joined["result"] == "proven"
    theirs["rungs"][1]["evidence"] = {**spis, "initiator_spi": "f" * 16}
    (joined,) = join([line], {device: Answer(lines={line["name"]: mine}), "lns1": Answer(lines={line["name"]: theirs})})
    assert "the ends have different IKE SAs" in joined["rungs"][1]["what"]["both"]


def test_a_rung_that_nobody_could_show_is_noted_with_its_reason(monkeypatch):
    device, platform, line = line_of("vyos")
    checks = {
        name: check for name, check in package.load(platform).verify["lns"].items() if name not in ("sa", "after")
    }
    monkeypatch.setitem(package.load(platform).verify, "lns", checks)
    said = {key: text for key, text in TRANSCRIPTS["vyos"][1].items() if key not in ("sa", "after")}
    (joined,) = join([line], {device: Answer(lines={line["name"]: driver.evidence(platform, line, device, said)})})
    assert "rungs 2, 3, 7 were not climbed: the device cannot show it" in joined["notes"]
