"""Our client calls xl2tpd."""

from __future__ import annotations

import pytest
from hosts import until

NEAR, FAR = "10.10.0.10", "10.30.0.10"
OPTIONS = [
    # xl2tpd's options                                  our line's
    ((), {"tunnel_secret": None}),
    (("challenge = yes",), {}),
    (("challenge = yes", "hidden bit = yes", "length bit = yes"), {}),
    (("challenge = yes", "hidden bit = yes", "length bit = yes"), {"hide_avps": True}),
]


@pytest.mark.parametrize(("options", "fields"), OPTIONS, ids=str)
def test_a_line_comes_up_and_carries_packets(engine, hosts, xl2tpd, options, fields):
    journal = xl2tpd.serve(*options)
    engine.call(peer_host_name="theirs", **fields)
    line = engine.opened()
    assert (line["auth"], line["address"], line["peer_address"]) == ("chap-md5", "10.20.0.32", "10.20.0.2")
    assert "Authenticated(user='oslo', method='chap-md5', by_peer=True)" in xl2tpd.ppp()
    until(lambda: "Call established" in str(journal), "xl2tpd says so too", 5)
    assert ("Random Vector" in str(journal)) is ("hide_avps" in fields)  # and it could read what we hid
    for host, other in (("near", FAR), ("far", NEAR)):
        ping = f"ping -nq -c5 -i0.1 -W2 -s1332 -Mdo {other}"  # xl2tpd's pseudo terminal holds few of this size
        until(lambda name=host, ping=ping: "5 received" in hosts[name].try_(ping).stdout, f"{host}: 5 of 5", 30)
    counters = engine.line()["counters"]
    assert min(counters["rx_packets"], counters["tx_packets"]) >= 10


def test_a_polite_end(engine, xl2tpd):
    journal = xl2tpd.serve("challenge = yes")
    engine.call()
    engine.opened()
    engine.run({})
    until(lambda: "the line is no longer wanted" in str(journal), "xl2tpd is told why", 5)
    until(lambda: "LinkDown" in xl2tpd.ppp(), "its pppd has ended", 5)


def test_reconnects_after_the_lns_was_killed(engine, hosts, xl2tpd, capsys):
    xl2tpd.serve("challenge = yes")
    engine.call()
    before = engine.opened()
    xl2tpd.kill()
    xl2tpd.serve("challenge = yes")
    seconds = until(lambda: engine.line()["tunnel"] not in (None, before["tunnel"]), "another tunnel", 30)
    line = engine.opened()
    with capsys.disabled():
        print(f"\n  another tunnel {seconds:.1f} s after xl2tpd was back; {line['last_error']['what']}")
    assert hosts["near"].reaches(FAR)


REFUSED = [
    # what is wrong                    what our error says, and then xl2tpd's log
    ({"tunnel_secret": "another"}, "the two shared secrets differ"),
    ({"tunnel_secret": None}, "there is no shared secret for 'theirs'"),
    ({"secret": "another"}, "the peer refused our name or secret"),
    ({"peer_host_name": "somebody"}, "the peer calls itself 'theirs', not 'somebody'"),
]


@pytest.mark.parametrize(("fields", "words"), REFUSED, ids=str)
def test_what_is_wrong_is_said(engine, xl2tpd, fields, words):
    journal = xl2tpd.serve("challenge = yes")
    said = engine.call(**fields)
    assert words in engine.failed()
    assert words in str(said)
    until(lambda: words in str(journal), "xl2tpd is told", 5)
