"""A data path that only remembers what it was asked to do: for tests, and for `branchline check`."""

from __future__ import annotations

from collections.abc import Callable

from branchline.datapath.interface import Counters, Deliver, SessionPath
from branchline.errors import LocalError


class RecordedDataPath:
    """Keeps the attached sessions, every call in `calls` and every delivered packet in `delivered`."""

    name = "recorded"

    def __init__(self, refuse: frozenset[str] = frozenset()) -> None:
        self.calls: list[tuple[str, str]] = []
        self.paths: dict[str, SessionPath] = {}
        self.senders: dict[str, Deliver] = {}
        self.delivered: dict[str, list[bytes]] = {}
        self.held: dict[str, frozenset[str]] = {}
        self.on_lost: Callable[[str], None] = lambda _interface: None
        self._refuse = refuse

    async def open_shared(self, interface: str, address: str, mtu: int) -> None:
        """Remember the device."""
        self.calls.append(("open_shared", f"{interface} {address} {mtu}"))

    async def close_shared(self, interface: str) -> None:
        """Remember that it went."""
        self.calls.append(("close_shared", interface))

    async def hold(self, owner: str, networks: frozenset[str]) -> None:
        """Remember what is held."""
        self.held[owner] = networks

    async def attach(self, path: SessionPath, send: Deliver) -> Deliver:
        """Remember the session; lines named in `refuse` fail as a host without the device would."""
        if path.line in self._refuse:
            raise LocalError(f"cannot make {path.interface}", "this is a recording that was told to refuse")
        self.calls.append(("attach", path.line))
        self.paths[path.line], self.senders[path.line] = path, send
        return self.delivered.setdefault(path.line, []).append

    async def detach(self, line: str) -> None:
        """Forget the session."""
        self.calls.append(("detach", line))
        self.paths.pop(line, None)
        self.senders.pop(line, None)

    def counters(self, line: str) -> Counters:
        """What was delivered so far."""
        packets = self.delivered.get(line, [])
        return Counters(rx_packets=len(packets), rx_bytes=sum(map(len, packets)))

    async def close(self) -> None:
        """Forget everything."""
        for line in list(self.paths):
            await self.detach(line)
