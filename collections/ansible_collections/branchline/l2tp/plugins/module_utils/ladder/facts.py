# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that was observed about one end of one line, gathered before anything is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .capture import Capture
from .echo import Outcome
from .intent import End
from .kernel import Interface, Route
from .leaks import Share
from .sas import Ike
from .xfrm import Xfrm

ANY = "0.0.0.0"  # noqa: S104 - what the engine tells of a socket without an address


@dataclass
class Daemons:
    """The two daemons of a host; an empty error means that the daemon answered."""

    engine: dict[str, Any] = field(default_factory=dict)
    engine_error: str = ""
    config_sha256: str = ""
    config_error: str = ""
    charon: dict[str, Any] = field(default_factory=dict)
    charon_error: str = ""
    connections: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Facts:
    """One end of one line. `entry` is the engine's status entry, `ike` the SA that carries the line; `_after` what they
    became once the traffic was over. `traffic` is None where the line was not in the sample."""

    end: End
    daemons: Daemons
    entry: dict[str, Any] | None = None
    entry_after: dict[str, Any] | None = None
    ike: Ike | None = None
    ike_after: Ike | None = None
    interfaces: dict[str, Interface] = field(default_factory=dict)
    routes: dict[str, Route] = field(default_factory=dict)
    traffic: list[Outcome] | None = None
    capture: Capture | None = None
    share: Share | None = None
    guard: dict[str, int] | None = None
    xfrm: Xfrm | None = None  # only where the kernel does the line's IPsec
    xfrm_after: Xfrm | None = None
    waited: float = 0.0

    @property
    def interface(self) -> str:
        """The interface that carries the line: an LNS has one for each line, or one for all, as the engine chose."""
        told = (self.entry or {}).get("interface")
        return str(told) if told and not self.end.is_branch else self.end.interface

    def socket(self, side: str) -> tuple[str, int] | None:
        """Address and port of the L2TP tunnel's `local` or `peer` end; of a socket without address, IKE's."""
        told = (self.entry or {}).get(side) or {}
        address, port = told.get("address"), told.get("port")
        if side == "local" and address == ANY and self.ike is not None:
            address = self.ike.local[0]
        return (address, int(port)) if address and port else None

    @property
    def peer_outer(self) -> str | None:
        """The peer's address outside of IPsec: the IKE SA's remote host, else whom the engine speaks with."""
        if self.ike is not None and self.ike.remote[0]:
            return self.ike.remote[0]
        return self.peer_inner

    @property
    def peer_inner(self) -> str | None:
        """The peer's address of the L2TP tunnel: a virtual IP on an LNS of libipsec clients."""
        peer = (self.entry or {}).get("peer") or {}
        return peer.get("address")

    @property
    def given_address(self) -> str | None:
        """The address that the LNS gave to the branch."""
        return (self.entry or {}).get("address") or self.end.address

    @property
    def lns_address(self) -> str | None:
        """The LNS's own end of the PPP link."""
        return (self.entry or {}).get("peer_address") or self.end.lns_address

    @property
    def far_address(self) -> str | None:
        """The other end of the PPP link, as seen from here."""
        return self.lns_address if self.end.is_branch else self.given_address

    @property
    def far_targets(self) -> list[str]:
        """Whom to ping through the line: the PPP peer first, then the probe behind it."""
        return [address for address in (self.far_address, self.end.far_probe) if address]
