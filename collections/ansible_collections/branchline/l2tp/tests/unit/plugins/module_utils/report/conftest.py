"""Four lines as two ends would report them: enough of the evidence for every report."""

from __future__ import annotations

import copy
from typing import Any, Callable

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.rung import NAMES
from ansible_collections.branchline.l2tp.plugins.module_utils.report.evidence_join import Answer

BRANCHES = {
    # name       its own address   as the LNS sees it   virtual IP    PPP address    IKE
    "oslo":      ("198.51.100.10", "198.51.100.10",     "10.99.0.1",  "10.20.0.20",  "IKEv2"),
    "lyon":      ("192.168.1.10",  "198.51.100.18",     "10.99.0.2",  "10.20.0.16",  "IKEv2"),
    "rotterdam": ("192.168.1.11",  "198.51.100.18",     "10.99.0.3",  "10.20.0.17",  "IKEv2"),
    "turin":     ("192.168.1.10",  "198.51.100.34",     "10.99.0.4",  "10.20.0.18",  "IKEv1"),
}  # fmt: skip
PROPOSALS = {"IKEv2": "aes256gcm16-prfsha384-ecp384", "IKEv1": "aes256-sha256-prfsha256-ecp256"}


def planned(branch: str, **changes: Any) -> dict[str, Any]:
    """A line of the plan."""
    ends = [branch, "lns1"]
    return {
        "name": f"{branch}-lns1",
        "kind": "voluntary",
        "ends": ends,
        "managed": dict.fromkeys(ends, True),
        **changes,
    }


def said(branch: str, end: str) -> dict[str, Any]:
    """What one end returns for a line that holds."""
    number = list(BRANCHES).index(branch) + 1
    own, seen, virtual, address, version = BRANCHES[branch]
    here, there = (own, "203.0.113.10") if end == branch else ("203.0.113.10", seen)
    spis = (f"c0000{number:03}", f"d0000{number:03}")
    ids = (number, number + 100) if end == branch else (number + 100, number)
    far = "10.20.0.1" if end == branch else address
    evidence: dict[int, dict[str, Any]] = {
        1: {"engine": {"version": "0.1.0", "pid": 400 + number, "uptime": 12.5}, "charon": {"version": "5.9.8"}},
        2: {
            "version": version,
            "proposal": PROPOSALS[version],
            "initiator_spi": f"{number:016x}",
            "responder_spi": f"{number + 16:016x}",
            "local": {"id": end, "address": here, "port": 4500, "nat": own != seen and end == branch},
            "remote": {"address": there, "port": 4500},
        },
        3: {
            "esp": "libipsec tunnel",
            "state": "INSTALLED",
            "mode": "tunnel",
            "spis": list(spis),
            "local_ts": [f"{virtual}/32[udp]"],
        },
        4: {
            "state": "open",
            "address": address,
            "peer_address": "10.20.0.1",
            "tunnel": {"id": ids[0], "peer_id": ids[1]},
            "session": {"id": ids[0], "peer_id": ids[1]},
        },
        5: {"through_line": {far: {"dev": "l2tp0"}}, "to_peer_outside": {"address": there, "dev": "eth1"}},
        6: {"mtu": 1360, "pings": {far: {"sent": 5, "received": 5, "rtt_ms": {"min": 0.8, "avg": 1.234, "max": 2.0}}}},
        7: {"counters": {"bytes_in": [650, 9120], "bytes_out": [650, 9120]}, "capture": {"cleartext": 0}},
    }
    rungs = [
        {"rung": n, "name": name, "ok": True, "evidence": evidence[n], "what": "", "remedy": ""}
        for n, name in NAMES.items()
    ]
    return {"name": f"{branch}-lns1", "end": end, "state": "open", "ok": True, "rungs": rungs}


@pytest.fixture
def plan() -> list[dict[str, Any]]:
    return [planned(branch) for branch in BRANCHES]


@pytest.fixture
def answers() -> dict[str, Answer]:
    found = {branch: Answer(lines={f"{branch}-lns1": said(branch, branch)}) for branch in BRANCHES}
    found["lns1"] = Answer(lines={f"{branch}-lns1": said(branch, "lns1") for branch in BRANCHES})
    return copy.deepcopy(found)


Fail = Callable[..., None]


@pytest.fixture
def fail(answers: dict[str, Answer]) -> Fail:
    """Let one end's rung fail."""

    def change(end: str, branch: str, number: int, what: str = "broken", remedy: str = "mend it") -> None:
        answers[end].lines[f"{branch}-lns1"]["rungs"][number - 1].update(ok=False, what=what, remedy=remedy)

    return change
