"""A line's share of a capture: only its own SPIs count as its protection, and what is inner traffic."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.capture import Capture, Flow
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.frames import Frame
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.leaks import Marks, Sorted, networks

LNS, NAT = "203.0.113.10", "198.51.100.18"
LYON = Marks(
    decrypted=False,
    spis_in=frozenset({"aaaa0001"}),
    spis_out=frozenset({"bbbb0001"}),
    peers=frozenset({NAT, "10.99.0.1"}),
    here=networks(["10.20.0.1", "10.10.0.0/24"]),
    there=networks(["10.20.0.16", None]),
)


def outgoing(kind: str, source: str, destination: str, spi: str = "") -> Flow:
    return Flow("eth1", True, Frame(kind, source, destination, spi))


def incoming(kind: str, source: str, destination: str, spi: str = "") -> Flow:
    return Flow("eth1", False, Frame(kind, source, destination, spi))


SHARES = [
    # what                              flow                                             protected in, out, clear
    ("its own SA, in",                  incoming("esp_udp", NAT, LNS, "aaaa0001"),        (3, 0, 0)),
    ("its own SA, out",                 outgoing("esp_udp", LNS, NAT, "bbbb0001"),        (0, 3, 0)),
    ("plain ESP",                       incoming("esp", NAT, LNS, "aaaa0001"),            (3, 0, 0)),
    ("its neighbour behind the NAT",    incoming("esp_udp", NAT, LNS, "aaaa0002"),        (0, 0, 0)),
    ("its own SPI the wrong way",       outgoing("esp_udp", LNS, NAT, "aaaa0001"),        (0, 0, 0)),
    ("AH does not hide",                incoming("ah", NAT, LNS, "aaaa0001"),             (0, 0, 0)),
    ("L2TP in clear, in",               incoming("l2tp", NAT, LNS),                       (0, 0, 3)),
    ("L2TP in clear to a virtual IP",   outgoing("l2tp", LNS, "10.99.0.1"),               (0, 0, 3)),
    ("another peer's L2TP",             incoming("l2tp", "192.0.2.7", LNS),               (0, 0, 0)),
    ("inner, out",                      outgoing("ip", "10.20.0.1", "10.20.0.16"),        (0, 0, 3)),
    ("inner, in",                       incoming("ip", "10.20.0.16", "10.10.0.10"),       (0, 0, 3)),
    ("both on this side",               outgoing("ip", "10.10.0.10", "10.20.0.1"),        (0, 0, 0)),
    ("the LAN's internet traffic",      outgoing("ip", "10.10.0.10", "192.0.2.1"),        (0, 0, 0)),
    ("ssh to the host itself",          incoming("ip", NAT, LNS),                         (0, 0, 0)),
    ("a later fragment",                incoming("fragment", NAT, LNS),                   (0, 0, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("flow", "share"), [row[1:] for row in SHARES], ids=[row[0] for row in SHARES])
def test_share(flow: Flow, share: tuple[int, int, int]) -> None:
    found = Sorted(Capture(Counter({flow: 3}))).share(LYON, "esp")
    assert (found.protected_in, found.protected_out, found.cleartext) == share


def test_ah_protects_where_it_was_asked_for() -> None:
    capture = Capture(Counter({incoming("ah", NAT, LNS, "aaaa0001"): 2, incoming("esp", NAT, LNS, "aaaa0001"): 2}))
    assert Sorted(capture).share(LYON, "ah").protected_in == 2
    assert Sorted(capture).share(LYON, "esp+ah").protected_in == 2  # ESP is inside of AH: alone it is not enough
    assert Sorted(capture).share(LYON, "none").protected_in == 0


def test_evidence_names_what_was_in_clear() -> None:
    flows = {incoming("l2tp", NAT, LNS): 2, incoming("ike", NAT, LNS): 1, incoming("keepalive", NAT, LNS): 1}
    assert Sorted(Capture(Counter(flows))).share(LYON, "esp").as_dict() == {
        "protected_in": 0,
        "protected_out": 0,
        "ike": 1,
        "keepalive": 1,
        "cleartext": 2,
        "cleartext_seen": {f"L2TP {NAT} > {LNS}": 2},
    }


def test_what_the_kernel_shows_again_after_its_tunnel_was_not_on_the_wire() -> None:
    shown = Flow("eth1", False, Frame("l2tp", "10.99.0.1", LNS))
    sent = Flow("eth1", True, Frame("l2tp", LNS, "10.99.0.1"))
    capture = Sorted(Capture(Counter({shown: 3, sent: 1})))
    assert capture.share(LYON, "esp").cleartext == 4
    assert capture.share(replace(LYON, decrypted=True), "esp").clear == {f"L2TP {LNS} > 10.99.0.1": 1}
