"""A host that knows nothing of L2TP gets its address from the corporate LNS, and reaches the corporate network."""

from __future__ import annotations

import time

LINE, CORP = "home1-lns1", "10.10.0.1"
CALLED, NUMBER = "home2-lns1", "5551234"
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


def journal(host, line):
    return host.check_output(f"journalctl --no-pager -o cat -u branchline.service | grep line={line}")


def test_an_lns_calls_a_host_that_waits(hosts, proven):
    """RFC 2661 5.2.2: lns1 asks lac1 to call the number, and lac1 finds home2 waiting on that circuit."""
    assert proven[CALLED]["proven"], proven[CALLED]
    assert proven[CALLED]["ends"] == ["home2", "lac1", "lns1"]
    for name, event in (("lns1", " calling "), ("lac1", " call-asked ")):
        assert [told for told in journal(hosts[name], CALLED).splitlines() if event in told and f"={NUMBER}" in told]
    assert " called pppoe=" in journal(hosts["home2"], CALLED)
    home, lac, lns = (hosts.line(name, CALLED) for name in ("home2", "lac1", "lns1"))
    assert home["pppoe"]["session"] == lac["pppoe"]["session"]
    assert lac["session"]["peer_id"] == lns["session"]["id"]
    assert lac["correlation"] == lns["correlation"]
    assert home["address"] == lns["address"]
    assert hosts["home2"].run(STANDS).rc == 0


def test_it_is_called_again_at_once_when_asked(hosts, capsys):
    """Its session ends; it waits again, and carries packets soon after the LNS is told to call."""
    before = hosts.line("home2", CALLED)["pppoe"]["session"]
    started = time.monotonic()
    hosts["lns1"].check_output(f"branchline reconnect {CALLED}")
    hosts.until(lambda: (hosts.line("home2", CALLED)["pppoe"] or {}).get("session") not in (None, before), "it waits")
    waits = time.monotonic()
    hosts["lns1"].run(f"branchline call {CALLED}")
    hosts.until(lambda: hosts.line("home2", CALLED)["state"] == "open", "the LNS has called it", 30)
    is_open = time.monotonic()
    hosts.until(lambda: hosts["home2"].run("ping -nq -c1 -W1 10.10.0.1").rc == 0, "packets pass again")
    with capsys.disabled():
        print(f"\n  {CALLED}: waits again after {waits - started:.1f} s, open {is_open - waits:.1f} s after the call")
