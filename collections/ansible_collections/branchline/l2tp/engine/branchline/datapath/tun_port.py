"""One session of the data path in user space: its packets on their way between device and peer."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from branchline.datapath import mss
from branchline.datapath.interface import Counters, Deliver, SessionPath


@dataclass
class Port:
    """One attached session and what its packets need on their way."""

    path: SessionPath
    send: Deliver
    descriptor: int
    counters: Counters = field(default_factory=Counters)
    networks: list[str] = field(default_factory=list)  # those that lead to it

    def outbound(self, packet: bytes) -> None:
        """From the device to the peer."""
        if self.path.mss_clamp and mss.is_syn(packet):
            packet = mss.clamp(packet, self.path.mtu)
        self.counters.tx_packets += 1
        self.counters.tx_bytes += len(packet)
        self.send(packet)

    def inbound(self, packet: bytes) -> None:
        """From the peer to the device; a full device drops, as any interface does."""
        if self.path.mss_clamp and mss.is_syn(packet):
            packet = mss.clamp(packet, self.path.mtu)
        try:
            os.write(self.descriptor, packet)
        except OSError:
            self.counters.rx_dropped += 1
            return
        self.counters.rx_packets += 1
        self.counters.rx_bytes += len(packet)
