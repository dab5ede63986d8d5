"""A line on demand, of the inventory: IPsec, L2TP and PPP come with the first packet, and that gets its answer."""

from __future__ import annotations

import re

import pytest
from hosts import CORP1, changed, play, until

SITE, LINE, PC = "playbooks/site.yml", "oslo-lns1", "oslo-pc"
IDLE = 6  # seconds


@pytest.fixture
def demand(inventory):
    """Have the play bring oslo's line to dial on demand, and back; return what the play said of it."""
    changed(inventory / "host_vars/oslo.yml", branchline_dial="demand", branchline_idle=IDLE)
    yield play("-i", str(inventory), SITE, "--limit", "oslo")
    back = play(SITE, "--limit", "oslo")
    assert back.returncode == 0, back.stdout[-4000:]


def test_the_first_packet_dials_and_is_answered(hosts, lns, demand, capsys):
    assert demand.returncode == 0, demand.stdout[-4000:]
    assert re.search(rf"{LINE}\b.*\bproven\b", demand.stdout), "the play has dialled the line and proven it"
    oslo, pc = hosts["oslo"], hosts[PC]
    for dial in range(2):
        idle = until(lambda: oslo.line(LINE)["state"] == "waiting", "the idle line hangs up", 60)
        until(lambda: lns.line(LINE)["state"] == "down", "the LNS has heard of it", 30)
        until(lambda: LINE not in oslo.run("swanctl --list-sas"), "its SA is gone", 30)
        said = pc.run(f"ping -n -c10 -i0.2 -W30 {CORP1}")
        answered = [int(number) for number in re.findall(r"icmp_seq=(\d+) ttl", said)]
        assert answered == list(range(1, 11)), said
        assert oslo.line(LINE)["counters"]["tx_dropped"] == 0
        first = float(re.search(r"icmp_seq=1 ttl=\d+ time=([\d.]+)", said)[1]) / 1000
        with capsys.disabled():
            told = f"hung up after {idle:.0f} s, 0 of 10 pings lost, first answer after {first:.2f} s"
            print(f"\n  dial {dial + 1}: {told}")
