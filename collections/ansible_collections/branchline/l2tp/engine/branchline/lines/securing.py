"""The path to a line's LNS, secured by charon before L2TP begins."""

from __future__ import annotations

from branchline.errors import LocalError
from branchline.line_config import Line
from branchline.lines.context import Context
from branchline.lines.state import LineState


async def secure(line: Line, context: Context, state: LineState, limit: float) -> str:
    """The address that L2TP is to be sent from: the virtual IP, or "" for the kernel's choice.

    Raises LocalError where there is no SA after `limit` seconds.
    """
    ipsec = line.ipsec
    if ipsec is None:
        return ""
    state.enter("ipsec")
    secured = await context.charon.secure(ipsec.connection, ipsec.child, limit, ipsec.bundled)
    state.ipsec = {
        "connection": ipsec.connection,
        "virtual_ip": secured.virtual_ip,
        "ike_id": int(secured.ike_id),
        **({"reason": ipsec.reason} if ipsec.reason else {}),
    }
    if ipsec.virtual_ip and secured.virtual_ip is None:
        raise LocalError(f"{ipsec.connection} got no virtual IP", "give the LNS's connection a pool")
    return secured.virtual_ip or ""
