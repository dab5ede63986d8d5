"""Two branches behind one NAT, on the kernel's ESP in UDP: IKEv2 with certificates, and IKEv1 with a shared key."""

from __future__ import annotations

import pytest
from lab_sites import CORP1, behind_nat
from scenarios.cleartext import seen
from scenarios.host import Pinging, until
from scenarios.rekeying import rekey


@pytest.fixture(scope="module")
def site():
    return behind_nat()


def test_esp_is_in_udp(site):
    packets = seen(site.hosts["isp"], 4)
    for name in ("lyon", "rotterdam"):
        site.hosts[name].run(f"ping -nq -c5 -i0.05 -s600 {CORP1}")
        assert "encap type espinudp" in site.hosts[name].run("ip xfrm state")
    found = packets()
    assert len(found) >= 2 * 5 * 2
    assert [packet[0] for packet in found if not {packet["sport"], packet["dport"]} & {"500", "4500"}] == []


def test_each_has_packets_of_its_own(site):
    for name, other in (("lyon", "rotterdam"), ("rotterdam", "lyon")):
        line = site.hosts[name].line(f"{name}-lns1")
        process = site.hosts[other].start(f"timeout 3 tcpdump -i any -nn -q 'host {line['address']}' 2>/dev/null; true")
        site.hosts["corp1"].run(f"ping -nq -c10 -i0.05 {line['address']}")
        assert process.communicate()[0].split() == []


def test_one_goes_and_comes_unnoticed(site):
    lyon, rotterdam = site.hosts["lyon"], site.hosts["rotterdam"]
    with Pinging(lyon, CORP1) as ping:
        rotterdam.run("systemctl stop branchline strongswan")
        until(lambda: not rotterdam.reaches(CORP1), "rotterdam's line is down", 30)
        rotterdam.run("systemctl start strongswan branchline")
        until(lambda: rotterdam.reaches(CORP1), "rotterdam is back", 60)
    assert (ping.lost, ping.sent > 20) == (0, True)


def test_rekeying(site):
    """Quick Mode's initiator sends on a new SA before the responder takes it: IKEv1 may lose what is under way then.

    On a busy machine that is several of the pings, which are 20 ms apart.
    """
    lost = rekey([site.hosts["lyon"], site.hosts["rotterdam"]], CORP1, "child", 3, 2)
    assert lost.pop("rotterdam") <= 3 * 5
    assert lost == {"lyon": 0}
