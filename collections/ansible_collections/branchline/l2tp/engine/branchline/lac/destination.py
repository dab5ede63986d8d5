"""Which realm a host belongs to, and so which LNSs its session may be carried to."""

from __future__ import annotations

from branchline.lac_config import Access, Lac


def realm_of(lac: Lac, access: Access, service: str, user: str) -> str | None:
    """The realm of a host: its interface's, its service's, the user's own (user@realm), the default; None: nowhere."""
    own = user.rpartition("@")[2] if "@" in user else None
    wanted = (access.realm, lac.services.get(service), own if own in lac.realms else None, lac.default_realm)
    return next((realm for realm in wanted if realm is not None), None)
