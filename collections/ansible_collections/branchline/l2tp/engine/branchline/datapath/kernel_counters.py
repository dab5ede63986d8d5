"""The kernel's counters of interfaces, from /proc/self/net/dev: one read serves a whole status."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from branchline.datapath.interface import Counters

TABLE = Path("/proc/self/net/dev")
FRESH = 0.2  # seconds for which one reading serves
RX_BYTES, RX_PACKETS, RX_DROPPED, TX_BYTES, TX_PACKETS, TX_DROPPED = 0, 1, 3, 8, 9, 11  # columns after the name


def parse(text: str) -> dict[str, Counters]:
    """The counters by interface; `text` is the table with its two lines of headings."""
    found = {}
    for row in text.splitlines()[2:]:
        name, _, columns = row.partition(":")
        numbers = [int(column) for column in columns.split()]
        found[name.strip()] = Counters(
            rx_packets=numbers[RX_PACKETS],
            rx_bytes=numbers[RX_BYTES],
            tx_packets=numbers[TX_PACKETS],
            tx_bytes=numbers[TX_BYTES],
            rx_dropped=numbers[RX_DROPPED],
            tx_dropped=numbers[TX_DROPPED],
        )
    return found


class InterfaceCounters:
    """Reads the table anew when the last reading is too old; `clock` in seconds."""

    def __init__(self, clock: Callable[[], float], table: Path = TABLE) -> None:
        self._clock, self._table = clock, table
        self._read_at: float | None = None
        self._found: dict[str, Counters] = {}

    def latest(self, interface: str) -> Counters:
        """The counters of an interface as they are now."""
        self._read_at = None
        return self.of(interface)

    def of(self, interface: str) -> Counters:
        """The counters of an interface; zeros for one that is not there."""
        now = self._clock()
        if self._read_at is None or now - self._read_at > FRESH:
            self._found, self._read_at = parse(self._table.read_text()), now
        return self._found.get(interface, Counters())
