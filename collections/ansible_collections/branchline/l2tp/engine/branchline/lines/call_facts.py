"""What a status tells of a call, in the words of whoever made it: numbers, channel, speeds, the caller's line."""

from __future__ import annotations

from typing import Any

from branchline.l2tp.call import Call

SHOWN = ("called_number", "calling_number", "sub_address", "physical_channel", "tx_speed", "rx_speed")


def shown(call: Call) -> dict[str, Any]:
    """Return what is not absent of 4.4.4 by name, speeds in bit/s; under `line` what RFC 5515 has."""
    facts = {name: getattr(call, name) for name in SHOWN}
    told: dict[str, Any] = {name: value for name, value in facts.items() if value not in (None, "", 0)}
    if call.line:
        told["line"] = {name: value.hex() if isinstance(value, bytes) else value for name, value in call.line}
    return told
