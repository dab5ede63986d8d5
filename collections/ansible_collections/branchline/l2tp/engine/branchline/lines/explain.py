"""Where a line stands on the ladder, as its own engine sees it, and what to do about the missing rung."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

from branchline.lines.state import STATES


class Step(NamedTuple):
    """One rung: name, the first state in which it holds, what helps when it does not, the fields that show it."""

    name: str
    state: str
    remedy: str
    evidence: tuple[str, ...]


ENGINE = Step("the engine runs and knows the line", "down", "", ("role", "state", "attempts"))
CHARON = "see `journalctl -u strongswan` and `swanctl --list-sas`"
PEER = "see the peer's branchline.service; is UDP 1701 let through the SA?"
PPP = ("user", "auth", "address", "peer_address", "dns", "interface", "datapath", "mtu", "rtt", "counters")
LINE = (
    ENGINE,
    Step("IPsec protects the path", "tunnel", CHARON, ("ipsec",)),
    Step("the L2TP tunnel is up", "session", PEER, ("peer", "local", "tunnel")),
    Step(
        "the L2TP session is up",
        "ppp",
        "see the log of the LNS: does it accept incoming calls?",
        ("session", "correlation", "call"),
    ),
    Step("PPP is open with an address", "open", "compare user, secret, methods and pool on both ends", PPP),
)
SWITCHED = (
    ENGINE,
    Step(
        "the branch's tunnel and session are up", "auth",
        "see `branchline explain` of this line at the branch", ("peer", "local", "tunnel", "session", "correlation"),
    ),
    Step(
        "it is known where it goes", "tunnel",
        "compare the methods of both ends, and the realm of the branch's user with the gateway's", ("user", "realm"),
    ),
    Step("the tunnel to an LNS is up", "session", "see `branchline explain` of the trunk named here", ("lns",)),
    Step("its session carries the branch's on", "open", "see the log of the LNS", ("onward", "datapath", "counters")),
)  # fmt: skip
TRUNK = (
    ENGINE,
    Step("IPsec protects the path", "tunnel", CHARON, ("ipsec",)),
    Step("the L2TP tunnel is up", "open", PEER, ("peer", "local", "tunnel", "sessions")),
)
DIALLED = (
    ENGINE,
    Step(
        "an access concentrator has given a PPPoE session", "pppoe",
        "see the concentrator's branchline.service, and whether both ends are on the same VLAN", ("pppoe",),
    ),
    Step(
        "PPP is open with an address", "open",
        "compare user, secret and methods with the LNS; a host that waits is called by `branchline call` there", PPP,
    ),
)  # fmt: skip
CARRIED = (
    ENGINE,
    Step("the host has a PPPoE session", "pppoe", "see `branchline explain` of this line at the host", ("pppoe",)),
    Step("the host has said who it is", "tunnel", "compare the methods of both ends", ("user", "auth", "realm", "mtu")),
    Step(
        "the tunnel to an LNS is up", "session",
        "see `branchline explain` of the trunk named here", ("lns", "ipsec", "peer", "local", "tunnel"),
    ),
    Step(
        "its frames are carried on to the LNS", "open",
        "see the log of the LNS", ("session", "correlation", "counters"),
    ),
)  # fmt: skip
RESTS = {
    "waiting": "nothing: the next packet for it opens the line, and so does `branchline dial`",
    "resting": "nothing: it is outside of its hours",
}
LADDERS = {"client": LINE, "lns": LINE, "gateway": SWITCHED, "trunk": TRUNK, "lac": CARRIED, "dialled": DIALLED}


def explain(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """One dict per rung, lowest first: rung, name, ok, evidence, remedy; `entry` is the line's entry of the status."""
    reached = STATES.index(entry["state"])
    rungs: list[dict[str, Any]] = []
    role = "dialled" if entry["role"] == "client" and "pppoe" in entry else entry["role"]
    for number, step in enumerate(LADDERS[role], start=1):
        ok = reached >= STATES.index(step.state)
        evidence = {name: entry.get(name) for name in step.evidence}
        remedy = "" if ok else step.remedy
        rungs.append({"rung": number, "name": step.name, "ok": ok, "evidence": evidence, "remedy": remedy})
    if entry.get("choices"):
        rungs[0]["evidence"]["choices"] = [_choice(choice, entry) for choice in entry["choices"]]
    missing = next((rung for rung in rungs if not rung["ok"]), None)
    trouble = entry.get("last_error")
    if missing is not None and trouble:
        missing["evidence"] = {**missing["evidence"], "last_error": trouble["what"]}
        missing["remedy"] = trouble["remedy"] or missing["remedy"]
    elif missing is not None and entry["state"] in RESTS:
        missing["evidence"] = {**missing["evidence"], "dial": entry.get("dial")}
        missing["remedy"] = RESTS[entry["state"]]
    return rungs


def _choice(choice: dict[str, Any], entry: dict[str, Any]) -> str:
    """One LNS of a line that has several: its place, and whether it carries the line or why not."""
    name, trouble = choice["standby"] or "its own LNS", choice["last_error"]
    told = "not needed" if trouble is None else trouble["what"]
    if entry["state"] == "open" and choice["standby"] == entry["standby"]:
        told = "carries the line"
    elif choice["dead_until"]:
        told += f"; tried last until {time.strftime('%H:%M:%S', time.localtime(choice['dead_until']))}"
    return f"{name}, preference {choice['preference']}: {told}"
