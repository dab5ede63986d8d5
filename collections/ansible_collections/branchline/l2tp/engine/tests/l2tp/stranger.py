"""A peer made by hand: says what the test tells it to say, and reads what it is told."""

from __future__ import annotations

from world import World

from branchline.l2tp.policy import Address
from branchline.wire import l2tp, messages
from branchline.wire.avp_values import ProtocolVersion
from branchline.wire.hidden import challenge_response
from branchline.wire.messages import Message, Type


def sccrq(tunnel=5, host_name="oslo", **more):
    values = {
        "protocol_version": ProtocolVersion(),
        "host_name": host_name,
        "framing_capabilities": 3,
        "assigned_tunnel_id": tunnel,
        **more,
    }
    return Message(Type.SCCRQ, values)


class Stranger:
    """Talks to one Endpoint of a World, in order and without retransmissions."""

    def __init__(self, world: World, target: Address, address: Address = ("198.51.100.99", 1701)):
        self.world, self.target, self.address = world, target, address
        self.tunnel = self.ns = self.nr = 0
        self._read = len(world.sent)

    def say(self, message: Message, session: int = 0, extra: str = "", secret: bytes | None = None) -> None:
        """Send a message, with `extra` AVPs (hex) behind it; the header's ids are the peer's."""
        body = messages.encode(message, secret=secret, random=bytes) + bytes.fromhex(extra)
        self.raw(body, session)

    def raw(self, body: bytes, session: int = 0) -> None:
        header = l2tp.ControlHeader(self.tunnel, session, self.ns, self.nr)
        self.ns = (self.ns + bool(body)) & 0xFFFF
        self.world.inject(l2tp.encode_control(header, body), self.address, self.target)

    def heard(self) -> list[tuple[int, Message]]:
        """Return what came since last time: (session id in the header, message); acknowledge it with the next word."""
        out = []
        for _, source, target, datagram in self.world.sent[self._read :]:
            if (source, target) == (self.target, self.address) and l2tp.is_control(datagram):
                header, body = l2tp.decode_control(datagram)
                if body:
                    self.nr = max(self.nr, header.ns + 1)
                    out.append((header.session, messages.decode(body)))
        self._read = len(self.world.sent)
        return out

    def open_tunnel(self, tunnel=5, host_name="oslo", secret: bytes | None = None) -> None:
        """Open a tunnel to an LNS."""
        self.say(sccrq(tunnel, host_name))
        ((_, reply),) = self.heard()
        self.tunnel = reply["assigned_tunnel_id"]
        values = {}
        if secret is not None:
            values["challenge_response"] = challenge_response(Type.SCCCN, secret, reply["challenge"])
        self.say(Message(Type.SCCCN, values))

    def open_session(self, session=6) -> int:
        """Make a call to an LNS; return its session id."""
        self.say(Message(Type.ICRQ, {"assigned_session_id": session, "call_serial_number": 1}))
        ((_, reply),) = self.heard()
        theirs = reply["assigned_session_id"]
        self.say(Message(Type.ICCN, {"tx_connect_speed": 1, "framing_type": 1}), theirs)
        return theirs
