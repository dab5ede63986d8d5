"""l2tpns in front of our LNS as a tunnel switch: our client calls it, it carries the session on in a tunnel of its own.

It authenticates the user itself, with CHAP-MD5, to know where to; then PPP begins anew, from end to end. The RADIUS
server says where to (RFC 2868), or its own configuration does. Its first user finds no tunnel to the LNS yet, and
l2tpns forgets him while it opens one: our client's second attempt comes through.
"""

from __future__ import annotations

import pytest
from engine import ADDRESS, BEYOND, FOREIGN, PASSWORD, Engine
from hosts import until

DEEP = "10.40.0.1"  # behind our LNS
PATIENCE = 60  # seconds: l2tpns' first user waits for ten CHAP Responses that are not answered
USERS = [
    # user        who knows where to
    "tunnelled",  # RADIUS: Tunnel-Type, Tunnel-Server-Endpoint, Tunnel-Password, ...
    "forwarded",  # l2tpns' configuration: setforward
]


@pytest.fixture(scope="module")
def lns(hosts, archive):
    """Return our engine on the host behind the switch. Between tests it goes on, and l2tpns' tunnel to it stays."""
    engine = Engine(hosts["beyond"], "beyond")
    engine.install(archive)
    yield engine
    engine.run({})


def serve(lns, user, secret=PASSWORD, **fields):
    """Be the LNS that l2tpns switches `user` to."""
    users = {user: {"line": "in", "secret": secret, "pool": "few", "routes": ["10.10.0.0/24"]}}
    return lns.serve(listen=[{"address": BEYOND}], users=users, **fields)


def through(engine, lns):
    """The line as both of our ends see it, once it is open on both."""
    near = engine.opened(PATIENCE)
    return near, lns.opened(PATIENCE)


@pytest.mark.parametrize("user", USERS)
def test_both_ends_agree_about_a_line(engine, hosts, l2tpns, lns, user):
    serve(lns, user)
    engine.call(user=user, routes=[f"{DEEP}/32"])
    near, far = through(engine, lns)
    assert (near["peer"]["address"], near["peer"]["host_name"]) == (FOREIGN, "theirs")
    assert (far["peer"]["address"], far["peer"]["host_name"]) == (FOREIGN, "theirs")
    assert (near["address"], near["peer_address"]) == (far["address"], far["peer_address"])
    assert (far["pool"], far["peer_address"]) == ("few", "10.20.0.1")
    assert (near["auth"], far["auth"], far["user"]) == ("mschapv2", "mschapv2", user)  # not l2tpns' CHAP-MD5
    tunnels = {tunnel["Remote IP"]: tunnel["Hostname"] for tunnel in l2tpns.tunnels().values()}
    assert tunnels == {ADDRESS: "ours", BEYOND: "beyond"}
    assert [session["User"] for session in l2tpns.sessions()] == [user, user]
    said = hosts["near"].run(f"ping -nq -c20 -i0.01 -W5 -s1332 -Mdo {DEEP}")  # 1360 octets, the line's MTU
    assert "20 received" in said
    for line in (engine.line(), lns.line()):
        assert (line["counters"]["rx_bytes"], line["counters"]["tx_bytes"]) == (20 * 1360, 20 * 1360)


@pytest.mark.parametrize("method", ["mschapv2", "chap-md5", "pap"])
def test_our_lns_authenticates_as_it_likes(engine, l2tpns, lns, method):
    serve(lns, "tunnelled", auth=[method])
    engine.call(user="tunnelled", auth=["mschapv2", "chap-md5", "pap"])
    near, far = through(engine, lns)
    assert (near["auth"], far["auth"]) == (method, method)


def test_a_polite_end_of_the_client(engine, l2tpns, lns):
    serve(lns, "tunnelled")
    engine.call(user="tunnelled")
    through(engine, lns)
    until(lambda: lns.pool()["used"] == 1, "one address is given", 10)
    engine.run({})
    until(lambda: lns.pool()["used"] == 0, "the address is back", 30)
    assert lns.line()["last_error"]["what"]


def test_the_lns_ends_the_session(engine, l2tpns, lns):
    serve(lns, "tunnelled")
    engine.call(user="tunnelled")
    before, _ = through(engine, lns)
    lns.host.run("branchline reconnect in")
    until(lambda: engine.line()["session"] not in (None, before["session"]), "another session", PATIENCE)
    near, far = through(engine, lns)
    assert near["address"] == far["address"]
    until(lambda: lns.pool()["used"] == 1, "one address is given", 10)


def test_a_secret_that_only_l2tpns_takes(engine, l2tpns, lns):
    journal = serve(lns, "tunnelled", secret="another")
    engine.call(user="tunnelled")
    until(lambda: "tunnelled: name or secret of the peer is wrong" in str(journal), "our LNS says so", PATIENCE)
    until(lambda: "the peer refused our name or secret" in str(engine.line()["last_error"]), "so does our client", 30)
    assert (lns.line()["state"], lns.pool()["used"]) == ("down", 0)
