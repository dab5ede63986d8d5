"""The way of one host's frames to its LNS and back: by the data path if it bridges the two sessions, else relayed."""

from __future__ import annotations

from collections.abc import Callable

from branchline.aio.packet import EthernetPort
from branchline.aio.udp import UdpPort
from branchline.datapath.interface import Counters, DataPath, Where
from branchline.lac.host_side import HostSide
from branchline.lac.relay import Relay
from branchline.pppoe.events import Place
from branchline.trunks.bridge import Bridge
from branchline.trunks.circuit import Circuit
from branchline.wire.ppp import ADDRESS_CONTROL


class Carriage:
    """Of the PPPoE session of the host at `place`; PPP is the engine's until `offer`, the LNS's from then on."""

    def __init__(self, port: EthernetPort, place: Place, session: int, datapath: DataPath) -> None:
        self._port, self._place, self._session, self._datapath = port, place, session, datapath
        self._relay = Relay(port.transmitter(place, session))
        self.from_lns = self._relay.from_lns
        self._host: HostSide | None = None
        self._bridge: Bridge | None = None

    def offer(self, port: UdpPort, ids: tuple[int, int], *, numbered: bool) -> None:
        """Have both sessions where they can be bridged, before the LNS hears that it may send."""
        self.close()
        host = self._host = HostSide(self._port, self._place, self._session, self._relay.from_host)
        host.offer(self._datapath)
        self._relay.to_host = host.send
        self._bridge = Bridge(self._datapath, host)
        self._bridge.open_far(port, ids, numbered=numbered)

    def connect(self, circuit: Circuit, on_lost: Callable[[], None]) -> bool:
        """Carry frames to the LNS, those that wait first; False if its session has ended in this very moment."""
        bridge, host, far = self._bridge, self._host, self._bridge.far if self._bridge else None
        if bridge is None or host is None or far is None or circuit.ids not in circuit.port.endpoint.sessions:
            return False
        far.listen(self._relay.from_lns)
        self._relay.connect(far.sender(ADDRESS_CONTROL))
        host.bridged(bridged=bridge.connect(on_lost))
        self._relay.to_host = host.sender()
        return True

    def carried(self, line: str) -> tuple[Counters, Where | None]:
        """Return what has passed, rx from the host and tx to it, and what does that once there is an LNS."""
        if self._bridge is None:
            return self._relay.counters, None
        return self._bridge.counters() or self._relay.counters, self._bridge.where(line)

    def close(self) -> None:
        """The host's session has ended, or the LNS's; a second time does nothing."""
        if self._bridge is not None:
            self._bridge.close()
