"""What the concentrator is made of, alone: the choice of a realm, line identification, and the relay."""

from __future__ import annotations

import pytest
from tests.lac.world import LAC
from tests.lines.world import changed

from branchline.config import parse
from branchline.lac.access_line import facts_of, speeds_of
from branchline.lac.destination import realm_of
from branchline.lac.relay import MOST_WAITING, Relay
from branchline.lines.proxy import carried, proxied_by
from branchline.ppp.auth import ChapCredentials, MsChapV2Credentials, PapCredentials
from branchline.ppp.proxy import Proxied
from branchline.wire.mschap import Response
from branchline.wire.pppoe import LineId

WHERE = {"lns": [{"line": "lac1-lns1"}]}
REALMS = changed(LAC, "lac/realms", dict.fromkeys(("corp.example", "gold", "fixed", "rest"), WHERE))
SERVICES = [{"name": ""}, {"name": "gold", "realm": "gold"}]
CHOICES = [
    # interface's realm, service, user, default realm -> realm
    (None, "", "home1@corp.example", None, "corp.example"),
    (None, "", "home1@elsewhere.example", None, None),
    (None, "", "home1@elsewhere.example", "rest", "rest"),
    (None, "", "home1", None, None),
    (None, "", "home1", "rest", "rest"),
    (None, "gold", "home1@corp.example", "rest", "gold"),
    ("fixed", "gold", "home1@corp.example", "rest", "fixed"),
    (None, "", "a@b@corp.example", None, "corp.example"),
    (None, "", "@", "rest", "rest"),
]


@pytest.mark.parametrize(("interface", "service", "user", "default", "realm"), CHOICES)
def test_realm(interface, service, user, default, realm):
    document = changed(changed(REALMS, "lac/services", SERVICES), "lac/default_realm", default)
    lac = parse(changed(document, "lac/interfaces", [{"interface": "eth1", "realm": interface}])).lac
    assert realm_of(lac, lac.interfaces[0], service, user) == realm


LINES = [
    # what the access node said, what L2TP carries, (down, up) bit/s
    (LineId(), (), (10**9, 10**9)),
    (
        LineId(b"eth 0/1:7", b"home1"),
        (("agent_circuit_id", "eth 0/1:7"), ("agent_remote_id", "home1")),
        (10**9, 10**9),
    ),
    (
        LineId(b"", b"", ((129, b"\0\0\x27\x10"), (130, b"\0\1\x86\xa0"), (139, b"\0\0\0\x10"), (144, b"\1\2\3"))),
        (
            ("actual_rate_upstream", 10_000_000),
            ("actual_rate_downstream", 100_000_000),
            ("maximum_interleaving_delay_upstream", 16),
            ("access_loop_encapsulation", b"\1\2\3"),
        ),
        (100_000_000, 10_000_000),
    ),
    (LineId(b"", b"", ((129, b"\1"), (144, b"\1"), (200, b"\0\0\0\1"))), (), (10**9, 10**9)),
    (LineId(b"", b"", ((130, b"\xff" * 4),)), (("actual_rate_downstream", 4294967295000),), (0xFFFFFFFF, 10**9)),
]


@pytest.mark.parametrize(("line", "facts", "speeds"), LINES)
def test_line_identification(line, facts, speeds):
    assert facts_of(line) == facts
    assert speeds_of(facts_of(line)) == speeds


def test_the_relay_carries_ppp_untouched():
    """RFC 2661 gives FF 03 to the LNS's side, RFC 2516 none to the host's."""
    to_host, to_lns = [], []
    relay = Relay(to_host.append)
    relay.connect(to_lns.append)
    relay.from_host(b"\xc0\x21one")
    relay.from_lns(b"\xff\x03\xc0\x21two")
    relay.from_lns(b"\x21three")  # compressed, without FF 03: as the two ends agreed
    assert (to_lns, to_host) == ([b"\xc0\x21one"], [b"\xc0\x21two", b"\x21three"])
    counters = relay.counters
    assert (counters.rx_packets, counters.rx_bytes, counters.tx_packets, counters.tx_bytes) == (1, 5, 2, 11)


def test_frames_wait_for_the_way_in_order_and_not_for_ever():
    sent = []
    relay = Relay(lambda _: None)
    for number in range(MOST_WAITING + 5):
        relay.from_host(bytes((number,)))
    relay.connect(sent.append)
    relay.from_host(b"last")
    assert sent == [bytes((number,)) for number in range(MOST_WAITING)] + [b"last"]
    assert relay.counters.rx_dropped == 5


LCP = {"chap-md5": "0305c22305", "mschapv2": "0305c22381", "pap": "0304c023"}
CREDENTIALS = [
    None,
    PapCredentials("home1", b"secret"),
    ChapCredentials("home1", 7, b"challenge", b"r" * 16),
    MsChapV2Credentials("home1", 7, b"c" * 16, Response(b"p" * 16, b"n" * 24)),
]


@pytest.mark.parametrize("credentials", CREDENTIALS)
def test_what_is_proxied_comes_out_as_it_went_in(credentials):
    sent = bytes.fromhex(LCP[credentials.method]) if credentials else b""
    proxied = Proxied(b"first", sent, b"received", credentials, 7)
    assert proxied_by(carried(proxied)) in (proxied, Proxied(b"first", sent, b"received", None, 0))
    assert proxied_by(carried(proxied)).credentials == credentials
    assert proxied_by(None) is None


def test_a_foreign_proxy_without_lcp_is_not_gone_on_from():
    whole = carried(Proxied(b"f", bytes.fromhex(LCP["mschapv2"]), b"r", CREDENTIALS[3], 7))
    assert proxied_by(type(whole)(method=2, name="home1", challenge=b"c", response=b"r")) is None
    short = type(whole)(b"f", whole.last_sent, b"r", 2, "home1", b"c" * 16, 7, b"r" * 16)
    assert proxied_by(short).credentials is None  # no Response of MS-CHAPv2
