"""xl2tpd calls our LNS: a client that nobody here wrote, with its options of the control plane."""

from __future__ import annotations

import pytest
from engine import FOREIGN
from hosts import until

NEAR, FAR = "10.10.0.10", "10.30.0.10"
CHALLENGE = "challenge = yes"
OPTIONS = [
    (),
    (CHALLENGE,),
    (CHALLENGE, "hidden bit = yes"),
    (CHALLENGE, "length bit = yes", "tunnel rws = 8"),
    (CHALLENGE, "hidden bit = yes", "length bit = yes"),
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_line_comes_up_and_carries_packets(engine, hosts, xl2tpd, options):
    engine.serve()
    journal = xl2tpd.dial(*options)
    line = engine.opened()
    assert (line["user"], line["auth"], line["pool"]) == ("oslo", "mschapv2", "few")
    assert line["peer"] == {"address": FOREIGN, "port": 1701, "host_name": "theirs"}
    ids = line["tunnel"], line["session"]
    until(lambda: "Call established" in str(journal), "xl2tpd says so too", 5)
    assert f"Local: {ids[1]['peer_id']}, Remote: {ids[1]['id']}" in str(journal)
    assert f"local_address=IPv4Address('{line['address']}')" in xl2tpd.ppp()
    for host, other in (("near", FAR), ("far", NEAR)):
        ping = f"ping -nq -c5 -i0.1 -W2 -s1332 -Mdo {other}"  # xl2tpd's pseudo terminal holds few of this size
        until(lambda name=host, ping=ping: "5 received" in hosts[name].try_(ping).stdout, f"{host}: 5 of 5", 30)
    counters = engine.line()["counters"]
    assert min(counters["rx_packets"], counters["tx_packets"]) >= 10
    assert (counters["rx_bytes"], counters["tx_bytes"]) == (13600, 13600)
    assert (engine.line()["tunnel"], engine.line()["session"]) == ids


ENDS = [
    # how xl2tpd's side ends it            seconds until our side knows
    ("xl2tpd-control disconnect-lac ours", 3),
    ("xl2tpd-control remove-lac ours", 3),
    ("kill -TERM $(pgrep -f '^/usr/bin/python3 /usr/sbin/pppd')", 3),
    ("systemctl kill -s KILL foreign", 15),  # Hello and echo find out
]


@pytest.mark.parametrize(("command", "seconds"), ENDS)
def test_the_address_comes_back_however_it_ends(engine, xl2tpd, command, seconds, capsys):
    engine.serve()
    xl2tpd.dial(CHALLENGE)
    engine.opened()
    assert engine.pool()["used"] == 1
    xl2tpd.host.run(command)
    took = until(lambda: engine.pool()["used"] == 0, "the address is back", seconds)
    line = engine.line()
    with capsys.disabled():
        print(f"\n  {command}: the address is back after {took:.1f} s: {line['last_error']['what']}")
    assert (line["state"], line["address"]) == ("down", None)
    assert line["last_error"]["what"]


def test_the_pool_outlives_many_calls(engine, xl2tpd):
    """Three calls with two addresses to give: a leak would stop the third."""
    engine.serve(pools={"few": ["10.20.0.16-10.20.0.17"]})
    xl2tpd.dial(CHALLENGE)
    for _ in range(2):
        engine.opened()
        xl2tpd.control("disconnect-lac ours")
        until(lambda: engine.pool()["used"] == 0, "the address is back", 5)
        xl2tpd.control("connect-lac ours")
    engine.opened()


def test_the_lns_ends_the_session(engine, xl2tpd):
    engine.serve()
    journal = xl2tpd.dial(CHALLENGE)
    engine.opened()
    engine.host.run("branchline reconnect in")
    until(lambda: "asked to reconnect" in str(journal), "xl2tpd is told why", 5)
    assert engine.pool()["used"] == 0


REFUSED = [
    # xl2tpd's options, and what is wrong            our log says                               xl2tpd's log says
    ((), {"secret": "another"}, "two shared secrets differ", "two shared secrets differ"),
    ((CHALLENGE,), {"secret": "another"}, "Invalid challenge authentication", "Invalid authentication for host"),
    ((CHALLENGE,), {"password": "another"}, "oslo: name or secret of the peer is wrong", "name or secret of the peer"),
]


@pytest.mark.parametrize(("options", "fields", "ours", "theirs"), REFUSED, ids=str)
def test_what_is_wrong_is_said(engine, xl2tpd, options, fields, ours, theirs):
    said = engine.serve()
    journal = xl2tpd.dial(*options, **fields)
    until(lambda: ours in str(said), f"our log says: {ours}", 10)
    until(lambda: theirs in str(journal), f"xl2tpd's log says: {theirs}", 5)
    assert FOREIGN in str(said)
    assert (engine.line()["state"], engine.pool()["used"]) == ("down", 0)


def test_a_host_name_without_a_secret_is_refused(engine, xl2tpd):
    said = engine.serve(peers={"somebody": {"secret": "x"}})
    journal = xl2tpd.dial()
    until(lambda: "no shared secret is configured for 'theirs'" in str(said), "our log says so", 5)
    assert "no shared secret is configured for 'theirs'" in str(journal)
