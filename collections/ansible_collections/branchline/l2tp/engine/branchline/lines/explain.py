"""Where a line stands on the ladder, as its own engine sees it, and what to do about the missing rung."""

from __future__ import annotations

from typing import Any

from branchline.lines.state import STATES

RUNGS = (
    # rung, name, the first state in which it holds, what helps when it does not
    (1, "the engine runs and knows the line", "down", ""),
    (2, "IPsec protects the path", "tunnel", "see `journalctl -u strongswan` and `swanctl --list-sas`"),
    (3, "the L2TP tunnel is up", "session", "see the peer's branchline.service; is UDP 1701 let through the SA?"),
    (4, "the L2TP session is up", "ppp", "see the log of the LNS: does it accept incoming calls?"),
    (5, "PPP is open with an address", "open", "compare user, secret, methods and pool on both ends"),
)


def explain(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """One dict per rung, lowest first: rung, name, ok, evidence, remedy; `entry` is the line's entry of the status."""
    reached = STATES.index(entry["state"])
    rungs: list[dict[str, Any]] = []
    for number, name, state, remedy in RUNGS:
        ok = reached >= STATES.index(state)
        rungs.append(
            {
                "rung": number,
                "name": name,
                "ok": ok,
                "evidence": _evidence(number, entry),
                "remedy": "" if ok else remedy,
            }
        )
    missing = next((rung for rung in rungs if not rung["ok"]), None)
    trouble = entry.get("last_error")
    if missing is not None and trouble:
        missing["evidence"] = {**missing["evidence"], "last_error": trouble["what"]}
        missing["remedy"] = trouble["remedy"] or missing["remedy"]
    return rungs


def _evidence(number: int, entry: dict[str, Any]) -> dict[str, Any]:
    names = {
        1: ("role", "state", "attempts"),
        2: ("ipsec",),
        3: ("peer", "local", "tunnel"),
        4: ("session",),
        5: ("user", "auth", "address", "peer_address", "dns", "interface", "datapath", "mtu", "rtt", "counters"),
    }[number]
    return {name: entry.get(name) for name in names}
