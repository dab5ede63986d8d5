"""Our client calls l2tpns, an LNS that nobody here wrote; FreeRADIUS knows the users."""

from __future__ import annotations

import re

import pytest
from engine import ADDRESS, FOREIGN, USER
from hosts import until

NEAR, FAR = "10.10.0.10", "10.30.0.10"
METHODS = [
    # what we are willing to answer          what is used
    (["mschapv2", "chap-md5"], "chap-md5"),  # l2tpns asks for CHAP-MD5
    (["chap-md5", "pap"], "chap-md5"),
    (["pap"], "pap"),  # it asks for CHAP-MD5, and takes our Configure-Nak
]


def opened(engine, l2tpns, **fields):
    """The line as both ends see it: our status, its session."""
    engine.call(**fields)
    line = engine.opened()
    (session,) = l2tpns.sessions()
    assert session["Tunnel ID"] == str(line["tunnel"]["peer_id"])
    return line, session


def tunnel_of(line, l2tpns):
    """The foreign end of its tunnel."""
    return l2tpns.tunnels()[line["tunnel"]["peer_id"]]


@pytest.mark.parametrize(("auth", "method"), METHODS)
def test_both_ends_agree_about_a_line(engine, l2tpns, auth, method):
    line, session = opened(engine, l2tpns, auth=auth, peer_host_name="theirs")
    assert (line["auth"], line["last_error"], line["attempts"]) == (method, None, 0)
    assert session["User"] == USER
    assert session["IPCP state"] == "Opened"
    assert session["IP address"] == line["address"]
    assert session["MRU"] == str(line["mtu"])
    assert (line["peer_address"], line["dns"]) == ("10.20.0.2", ["10.30.0.53", "10.30.0.54"])
    tunnel = tunnel_of(line, l2tpns)
    assert (tunnel["Hostname"], tunnel["Remote IP"]) == ("ours", ADDRESS)
    assert tunnel["Remote Port"] == str(line["local"]["port"])
    assert line["peer"] == {"address": FOREIGN, "port": 1701, "host_name": "theirs"}


def test_hidden_avps(engine, hosts, l2tpns):
    said = len(l2tpns.log())
    opened(engine, l2tpns, hide_avps=True)
    assert re.search(r"Hidden AVP|hidden", l2tpns.log()[said:])
    assert hosts["near"].reaches(FAR)


def test_without_a_secret_of_ours_l2tpns_asks_for_none(engine, l2tpns):
    opened(engine, l2tpns, tunnel_secret=None)


def test_a_fixed_address_from_radius(engine, l2tpns):
    line, session = opened(engine, l2tpns, user="fixed", address="10.20.0.99")
    assert (line["address"], session["IP address"]) == ("10.20.0.99", "10.20.0.99")


def test_packets_both_ways_and_both_ends_count_them(engine, hosts, l2tpns):
    opened(engine, l2tpns)
    for host, other in (("near", FAR), ("far", NEAR)):
        said = hosts[host].run(f"ping -nq -c20 -i0.01 -W2 -s1332 -Mdo {other}")  # 1360 octets, the line's MTU
        assert "20 received" in said
    counters = engine.line()["counters"]
    until(lambda: l2tpns.sessions()[0]["Pkts In/Out"] == "40/40", "l2tpns counts them", 5)
    assert l2tpns.sessions()[0]["Bytes In/Out"] == f"{40 * 1360}/{40 * 1360}"
    assert counters == {
        "rx_packets": 40,
        "rx_bytes": 40 * 1360,
        "rx_dropped": 0,
        "tx_packets": 40,
        "tx_bytes": 40 * 1360,
        "tx_dropped": 0,
    }


def test_keep_alive(engine, hosts, l2tpns):
    before, session = opened(engine, l2tpns)
    received = int(tunnel_of(before, l2tpns)["Next Recv"])
    hosts["ours"].run("sleep 3.5")
    after = engine.line()
    assert (after["tunnel"], after["session"], after["since"]) == (before["tunnel"], before["session"], before["since"])
    assert 0 < after["rtt"] < 0.5
    assert int(tunnel_of(before, l2tpns)["Next Recv"]) - received >= 3  # a Hello each second
    (same,) = l2tpns.sessions()
    assert same["Unique SID"] == session["Unique SID"]


def test_a_polite_end(engine, l2tpns):
    opened(engine, l2tpns)
    engine.run({})
    until(lambda: l2tpns.sessions() == [], "l2tpns has no session", 5)
    until(lambda: l2tpns.tunnels() == {}, "l2tpns has no tunnel", 5)
    assert "Used: 0" in re.sub(" +", " ", l2tpns.ask("show pool"))


def test_the_lns_ends_the_session(engine, l2tpns):
    before, _ = opened(engine, l2tpns)
    l2tpns.drop(before["session"]["peer_id"])
    until(lambda: engine.line()["session"] not in (None, before["session"]), "another session", 10)
    line = engine.opened()
    assert "ended" in line["last_error"]["what"]
    assert [session["IP address"] for session in l2tpns.sessions()] == [line["address"]]


def test_reconnects_after_the_lns_was_killed(engine, hosts, l2tpns, capsys):
    before, _ = opened(engine, l2tpns)
    l2tpns.kill()
    l2tpns.start()
    seconds = until(lambda: engine.line()["tunnel"] not in (None, before["tunnel"]), "another tunnel", 30)
    line = engine.opened()
    with capsys.disabled():
        print(f"\n  another tunnel {seconds:.1f} s after l2tpns was back; {line['last_error']['what']}")
    assert line["last_error"]["what"]
    assert hosts["near"].reaches(FAR)


REFUSED = [
    # what is wrong                    what our error says                          what the log of l2tpns says
    ({"tunnel_secret": "another"}, "secret", "Challenge Response"),
    ({"secret": "another"}, "oslo", "Authentication rejected for oslo"),
    ({"user": "nobody"}, "nobody", "Authentication rejected for nobody"),
    ({"peer_host_name": "somebody"}, "somebody", "StopCCN"),
    ({"sequencing": True}, "does not number its data messages", "Received CDN"),
    ({"auth": ["mschapv2"]}, "mschapv2", "LCP: recv ConfigNak"),
    ({"address": "10.20.0.200"}, "10.20.0.200", "IPCP: recv ConfigReq"),
]


@pytest.mark.parametrize(("fields", "ours", "theirs"), REFUSED, ids=str)
def test_what_is_wrong_is_said(engine, l2tpns, fields, ours, theirs):
    said = len(l2tpns.log())
    journal = engine.call(**fields)
    error = engine.failed()
    assert ours in error
    assert ours in str(journal)
    assert theirs in l2tpns.log()[said:]
    assert engine.line()["state"] != "open"
