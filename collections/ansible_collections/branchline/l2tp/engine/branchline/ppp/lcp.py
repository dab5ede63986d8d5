"""LCP's opinions about options (RFC 1661 6); the automaton does the rest."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LcpOptions:
    """What one end asked for and the other agreed to: `mru` in octets, `auth` the method asked for, or None."""

    mru: int = 1500
    auth: str | None = None
    magic: int = 0
    pfc: bool = False
    acfc: bool = False
