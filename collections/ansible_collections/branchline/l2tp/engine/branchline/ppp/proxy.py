"""What a concentrator did with a host before this end took over: proxy LCP and authentication, RFC 2661 4.4.5."""

from __future__ import annotations

from dataclasses import dataclass

from branchline.ppp.auth import Credentials


@dataclass(frozen=True)
class Proxied:
    """Options of three Configure-Requests (octets after the packet's header), and what the host presented, if anything.

    `identifier` is that of the packet with the `credentials`: the verdict's packet has to bear it.
    """

    first_received: bytes
    last_sent: bytes
    last_received: bytes
    credentials: Credentials | None = None
    identifier: int = 0
