"""A host that knows nothing of L2TP gets its address from the corporate LNS, and reaches the corporate network."""

from __future__ import annotations

LINE, CORP = "home1-lns1", "10.10.0.1"
STANDS = "ping -nq -c3 -W2 10.10.0.1"


def test_every_rung_is_proven(proven):
    assert proven[LINE]["proven"], proven[LINE]
    assert proven[LINE]["ends"] == ["home1", "lac1", "lns1"]


def test_the_three_hosts_speak_of_one_session(hosts):
    home, lac, lns = (hosts.line(name, LINE) for name in ("home1", "lac1", "lns1"))
    assert {home["state"], lac["state"], lns["state"]} == {"open"}
    assert home["pppoe"]["session"] == lac["pppoe"]["session"]
    assert lac["pppoe"]["mac"] == home["pppoe"]["mac"]
    assert lac["session"]["peer_id"] == lns["session"]["id"]
    assert home["address"] == lns["address"]
    assert lns["user"] == "home1@corp.example"


def test_packets_reach_the_corporate_network(hosts):
    home = hosts["home1"]
    assert f"dev {LINE} " in home.check_output(f"ip route get {CORP}")
    assert home.run(STANDS).rc == 0


def test_the_host_has_nothing_of_ipsec(hosts):
    home = hosts["home1"]
    assert not home.package("charon-systemd").is_installed
    assert not home.file("/etc/swanctl/conf.d/branchline.conf").exists


def test_a_session_that_the_lac_ends_comes_back(hosts):
    before = hosts.line("home1", LINE)["pppoe"]["session"]
    hosts["lac1"].check_output(f"branchline reconnect {LINE}")
    hosts.until(lambda: (hosts.line("home1", LINE)["pppoe"] or {}).get("session") not in (None, before), "dialled anew")
    hosts.until(lambda: hosts["home1"].run(STANDS).rc == 0, "packets pass again")
