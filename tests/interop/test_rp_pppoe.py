"""PPPoE with those that nobody here wrote: rp-pppoe dials our access concentrator, and takes our host in."""

from __future__ import annotations

import pytest
from engine import PASSWORD, SECRET, USER
from hosts import until

NEAR, FAR = "10.10.0.10", "10.30.0.10"
LAC = {
    "interfaces": [{"interface": "eth1"}],
    "services": [{"name": ""}, {"name": "gold"}],
    "mru": 1360,
    "lns": {"second": {"address": NEAR, "tunnel_secret": SECRET}},
    "realms": {"corp.example": {"lns": [{"line": "second"}]}},
    "default_realm": "corp.example",
    "callers": {USER: {"line": "in"}},
}


@pytest.mark.parametrize("options", [(), ("-U",), ("-S", "gold", "-C", "ours")])
def test_rp_pppoe_dials_our_concentrator(engine, second, hosts, rp_pppoe, options):
    """Discovery and session packets are its own; PPP is ours, between it and our LNS."""
    second.serve(listen=[{"address": NEAR}], peers={"ours": {"secret": SECRET}})
    engine.run({"lac": LAC})
    rp_pppoe.dial(*options)
    line = engine.opened(20)
    assert (line["user"], line["lns"]) == (USER, "second")
    assert line["pppoe"]["service"] == ("gold" if "gold" in options else "")
    until(lambda: "NetworkUp" in rp_pppoe.told(), "it has an address", 10)
    until(lambda: hosts["theirs"].reaches(NEAR), "packets pass", 10)
    rp_pppoe.kill()
    engine.host.run("branchline reconnect in")
    until(lambda: engine.line()["state"] == "down", "its session is gone", 10)


def test_our_host_dials_pppoe_server(engine, hosts, rp_pppoe):
    rp_pppoe.serve()
    line = {"user": USER, "secret": PASSWORD, "interface": "out", "mtu": 1360, "routes": ["10.30.0.0/24"]}
    engine.run({"lines": {"out": {"pppoe": {"interface": "eth1", "ac": "theirs"}, **line}}})
    found = engine.opened(20)
    assert (found["pppoe"]["ac_name"], found["auth"]) == ("theirs", "chap-md5")
    assert found["peer_address"] == "10.20.0.2"
    until(lambda: hosts["ours"].reaches(FAR), "packets pass", 10)
    engine.run({})
    until(lambda: "LinkDown" in rp_pppoe.told(), "it has heard of the end", 10)
