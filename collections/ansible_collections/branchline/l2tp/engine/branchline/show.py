"""What the engine answers, as text for a terminal."""

from __future__ import annotations

import json
import time
from typing import Any

COLUMNS = ("line", "role", "state", "for", "user", "address", "peer", "interface", "rx", "tx", "rtt")


def status_text(status: dict[str, Any]) -> str:
    """The lines as a table, with the trouble of those that are not open, and the pools."""
    path = status["datapath"]
    head = f"{status['host']}: branchline {status['version']}, {path['name']} data path ({path['reason']})"
    rows = [COLUMNS, *(_row(entry) for entry in status["lines"])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    troubles = [
        f"{entry['line']}: {entry['last_error']['what']}; {entry['last_error']['remedy']}".rstrip("; ")
        for entry in status["lines"]
        if entry["last_error"] and entry["state"] != "open"
    ]
    elsewhere = [
        f"{entry['line']}: {entry['datapath']['name']} data path ({entry['datapath']['reason']})"
        for entry in status["lines"]
        if entry["state"] == "open" and (entry.get("datapath") or path)["name"] != path["name"]
    ]
    elsewhere += [printable(_away(entry)) for entry in status["lines"] if entry.get("standby")]
    trunks = [_trunk(entry) for entry in status.get("trunks", [])]
    pools = [f"pool {pool['name']}: {pool['used']} of {pool['size']} in use" for pool in status["pools"]]
    return "\n".join([head, *table, *map(printable, trunks + troubles), *elsewhere, *pools])


def _trunk(entry: dict[str, Any]) -> str:
    peer = (entry["peer"] or {}).get("address", "-")
    trouble = f": {entry['last_error']['what']}" if entry["last_error"] and entry["state"] != "open" else ""
    return f"trunk {entry['line']}: {entry['state']}, {entry['sessions']} sessions, peer {peer}{trouble}"


def _away(entry: dict[str, Any]) -> str:
    """A line that another LNS than its own carries, or is tried for it."""
    own = next(choice for choice in entry["choices"] if choice["standby"] is None)
    why = f": its own LNS: {own['last_error']['what']}" if own["last_error"] else ""
    return f"{entry['line']}: through its standby {entry['standby']}{why}"


def _row(entry: dict[str, Any]) -> tuple[str, ...]:
    peer = entry["peer"] or {}
    counters = entry["counters"]
    rtt = f"{entry['rtt'] * 1000:.1f} ms" if entry["rtt"] is not None else "-"
    cells = (entry["line"], entry["role"], entry["state"], _span(entry["uptime"]), entry["user"], entry["address"])
    ends = (peer.get("address"), entry["interface"], _size(counters["rx_bytes"]), _size(counters["tx_bytes"]), rtt)
    return tuple(printable(cell or "-") for cell in cells + ends)


def explain_text(rungs: list[dict[str, Any]]) -> str:
    """The ladder, with the evidence of each rung."""
    lines = []
    for rung in rungs:
        lines.append(f"{'ok ' if rung['ok'] else 'NO '} {rung['rung']} {rung['name']}")
        lines += [f"       {name}: {_value(value)}" for name, value in rung["evidence"].items() if value is not None]
        if rung["remedy"]:
            lines.append(f"       what to do: {printable(rung['remedy'])}")
    return "\n".join(lines)


def changes_text(result: dict[str, Any]) -> str:
    """What an apply did."""
    changes = [f"{change['line']}: {change['action']}" for change in result["changes"]]
    return "\n".join(changes) or "nothing differs"


def event_text(event: dict[str, Any]) -> str:
    """One event of `watch`."""
    clock = time.strftime("%H:%M:%S", time.localtime(event["time"]))
    facts = " ".join(f"{key}={_value(value)}" for key, value in event.items() if key not in ("time", "line", "event"))
    return f"{clock} {event['line']} {event['event']} {facts}".rstrip()


def printable(text: str) -> str:
    """`text` with control characters escaped: peers choose some of it, and must not command a terminal or a log."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def _value(value: Any) -> str:
    return printable(value) if isinstance(value, str) else json.dumps(value)


def _span(seconds: float) -> str:
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    return (
        f"{minutes} min" if not hours else f"{hours} h {minutes % 60} min" if not days else f"{days} d {hours % 24} h"
    )


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if round(count, 1) < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
