"""Our access concentrator carries a PPPoE host on to l2tpns, an LNS that nobody here wrote."""

from __future__ import annotations

import pytest
from engine import FOREIGN, PASSWORD, SECRET, USER
from hosts import until

FAR = "10.30.0.10"
LAC = {
    "interfaces": [{"interface": "eth2"}],
    "mru": 1360,
    "auth": ["chap-md5", "pap"],
    "lns": {"foreign": {"address": FOREIGN, "tunnel_secret": SECRET, "hello": 1}},
    "realms": {"corp.example": {"lns": [{"line": "foreign"}]}},
    "default_realm": "corp.example",
    "callers": {USER: {"line": "home"}},
}
LINE = {
    "pppoe": {"interface": "eth1"},
    "user": USER,
    "secret": PASSWORD,
    "auth": ["chap-md5", "pap"],
    "interface": "home",
    "mtu": 1360,
    "routes": ["10.30.0.0/24"],
}


def dial(engine, second, lac=LAC, **fields):
    """The line as the host and the concentrator see it, when it is open."""
    engine.run({"lac": lac})
    second.run({"host_name": "home", "lines": {"home": {**LINE, **fields}}})
    return second.opened(), engine.line()


@pytest.mark.parametrize("method", ["chap-md5", "pap"])
def test_the_host_gets_its_address_from_l2tpns(engine, second, hosts, l2tpns, method):
    line, carried = dial(engine, second, {**LAC, "auth": [method]})
    (session,) = l2tpns.sessions()
    assert (session["User"], session["IP address"], session["IPCP state"]) == (USER, line["address"], "Opened")
    assert (carried["state"], carried["lns"], carried["user"]) == ("open", "foreign", USER)
    assert carried["pppoe"]["session"] == line["pppoe"]["session"]
    said = hosts["near"].run(f"ping -nq -c20 -i0.01 -W2 -s1332 -Mdo {FAR}")  # 1360 octets, the line's MTU
    assert "20 received" in said


def test_the_host_hangs_up(engine, second, l2tpns):
    dial(engine, second)
    second.run({})
    until(lambda: l2tpns.sessions() == [], "l2tpns has no session", 10)
    until(lambda: engine.line()["state"] == "down", "the concentrator has none either", 5)


def test_l2tpns_hangs_up(engine, second, l2tpns):
    """CDN becomes PADT, and the host dials again."""
    line, carried = dial(engine, second)
    l2tpns.drop(carried["session"]["peer_id"])
    until(lambda: second.line()["pppoe"] not in (None, line["pppoe"]), "another PPPoE session", 20)
    second.opened(20)


def test_a_wrong_secret(engine, second, l2tpns):
    """l2tpns hangs up instead of answering; what the concentrator makes of that says why all the same."""
    assert l2tpns
    engine.run({"lac": LAC})
    second.run({"host_name": "home", "lines": {"home": {**LINE, "secret": "wrong"}}})
    until(lambda: second.line()["last_error"], "the line has an error", 30)
    assert f"while {USER!r} was authenticating" in second.line()["last_error"]["what"]
