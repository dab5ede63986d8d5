"""A host, an access concentrator and LNSs in one event loop: PPPoE over an Ethernet in memory, L2TP over loopback."""

from __future__ import annotations

import asyncio
import copy
from functools import partial
from typing import Any

from tests.lines import world
from tests.ports import free_port

from branchline.errors import LocalError
from branchline.lac import access
from branchline.lines import pppoe_attempt
from branchline.pppoe.events import BROADCAST, Place
from branchline.pppoe.host import Wish
from branchline.wire import pppoe

LAC: dict[str, Any] = {
    "version": 1,
    "host_name": "lac1",
    "lac": {
        "interfaces": [{"interface": "eth1"}],
        "mru": 1360,
        "setup": 2,
        "lns": {
            "lac1-lns1": {
                "address": "127.0.0.1", "tunnel_secret": "trunk secret", "peer_host_name": "lns1", "hide_avps": True,
            }
        },
        "realms": {"corp.example": {"lns": [{"line": "lac1-lns1"}]}},
        "callers": {"home1@corp.example": {"line": "home1-lns1"}},
    },
}  # fmt: skip
LNS: dict[str, Any] = {
    "version": 1,
    "host_name": "lns1",
    "lns": {
        "listen": [{"address": "127.0.0.1", "port": 0}],
        "address": "10.20.0.1",
        "auth": ["mschapv2", "chap-md5", "pap"],
        "dns": ["10.10.0.53"],
        "pools": {"branches": ["10.20.0.16-10.20.0.17"]},
        "require_tunnel_secret": True,
        "peers": {"lac1": {"secret": "trunk secret"}},
        "users": {"home1@corp.example": {"line": "home1-lns1", "secret": "ppp secret", "pool": "branches"}},
    },
}
HOST: dict[str, Any] = {
    "version": 1,
    "host_name": "home1",
    "lines": {
        "home1-lns1": {
            "pppoe": {"interface": "eth1"}, "user": "home1@corp.example", "secret": "ppp secret", "mtu": 1360,
            "interface": "home1-lns1", "routes": ["10.10.0.0/24"], "auth": ["mschapv2", "chap-md5", "pap"],
        }
    },
}  # fmt: skip


class Ethernet:
    """What stands for EthernetPort: frames go from port to port through the event loop, none is lost."""

    def __init__(self, mtu: int = 1508) -> None:
        self.mtu = mtu
        self.ports: list[Port] = []
        self.missing = False

    def __call__(self, interface, vlans, on_discovery, on_stray=lambda _place, _session: None):
        """Open a port, as EthernetPort does."""
        if self.missing:
            raise LocalError(f"cannot use {interface} for PPPoE: No such device", "name another")
        port = Port(self, interface, vlans, (on_discovery, on_stray))
        self.ports.append(port)
        return port

    def carry(self, source, place, kind, data):
        """From one port to those that it is for."""
        for port in self.ports:
            if port is not source and place.mac in (port.mac, BROADCAST) and place.vlan in port.vlans:
                asyncio.get_running_loop().call_soon(port.take, kind, data, Place(source.mac, place.vlan))


class Port:
    """One end."""

    def __init__(self, ethernet, interface, vlans, callbacks):
        self.interface, self.vlans, self.mtu = interface, vlans, ethernet.mtu
        self.index, self.refused = 3, 0
        taken = {port.mac for port in ethernet.ports}
        self.mac = next(mac for mac in (b"\2\0\0\0\0" + bytes((n,)) for n in range(1, 99)) if mac not in taken)
        self._ethernet = ethernet
        self._on_discovery, self._on_stray = callbacks
        self._sinks = {}
        self.spared = None

    def now(self):
        return asyncio.get_running_loop().time()

    def is_there(self):
        return not self._ethernet.missing

    def open_sink(self, place, session, sink):
        self._sinks[place, session] = sink

    def close_sink(self, place, session):
        self._sinks.pop((place, session), None)

    def drain(self):
        """Nothing waits."""

    def spare(self):
        self.spared = True

    def need(self):
        self.spared = False

    def send_discovery(self, data, place):
        self._ethernet.carry(self, place, pppoe.DISCOVERY, data)

    def transmitter(self, place, session):
        return lambda packet: self._ethernet.carry(self, place, pppoe.SESSION, pppoe.encode_session(session, packet))

    def close(self):
        if self in self._ethernet.ports:
            self._ethernet.ports.remove(self)

    def take(self, kind, data, place):
        if self not in self._ethernet.ports:
            return
        if kind == pppoe.DISCOVERY:
            self._on_discovery(data, place)
            return
        session, packet = pppoe.decode_session(data)
        sink = self._sinks.get((place, session))
        if sink is not None:
            sink(packet)
        else:
            self._on_stray(place, session)


class World(world.World):
    """home1 -> lac1 -> lns1; with `spare` also lns2, which the concentrator prefers less."""

    def __init__(self, tmp_path, monkeypatch, *, lac=None, lns=None, host=None, spare=False) -> None:
        super().__init__(tmp_path, lns or LNS, host or HOST)
        self.lac = copy.deepcopy(lac or LAC)
        self.spare = {**copy.deepcopy(self.lns), "host_name": "lns2"}
        if spare:
            section = self.lac["lac"]
            section["lns"]["lac1-lns2"] = {**section["lns"]["lac1-lns1"], "peer_host_name": "lns2"}
            section["realms"]["corp.example"]["lns"].append({"line": "lac1-lns2", "preference": 20})
        self.ethernet = Ethernet()
        monkeypatch.setattr(access, "EthernetPort", self.ethernet)
        monkeypatch.setattr(access, "LOOK", 0.05)
        monkeypatch.setattr(pppoe_attempt, "EthernetPort", self.ethernet)
        monkeypatch.setattr(pppoe_attempt, "Wish", partial(Wish, first=0.2, attempts=3))
        self.events = {name: [] for name in ("home1", "lac1", "lns1", "lns2")}

    def run(self, scene, names: tuple[str, ...] = ("lns1", "lns2", "lac1", "home1")) -> Any:
        """Start those in `names`, and run `scene(world)`."""

        async def all_of_it():
            self._ports()
            documents = {"lns1": self.lns, "lns2": self.spare, "lac1": self.lac, "home1": self.branch}
            for name, document in documents.items():
                if name in names and (name != "lns2" or "lac1-lns2" in self.lac["lac"]["lns"]):
                    await self.start(name, document)
            try:
                return await asyncio.wait_for(scene(self), 40)
            finally:
                await self.stop()

        return asyncio.run(all_of_it())

    def _ports(self) -> None:
        for name, document in (("lac1-lns1", self.lns), ("lac1-lns2", self.spare)):
            port = document["lns"]["listen"][0]["port"] = free_port()
            if name in self.lac["lac"]["lns"]:
                self.lac["lac"]["lns"][name]["port"] = port

    async def opened(self, *names: str) -> None:
        """Wait until the line is open at the hosts named, else at home1, lac1 and lns1."""
        names = names or ("home1", "lac1", "lns1")
        await self.until(lambda: {self.line(name)["state"] for name in names} == {"open"}, 15)

    def line(self, name: str = "home1", line: str = "home1-lns1") -> dict[str, Any]:
        """Return a line's entry of a host's status."""
        return super().line(name, line)

    def trunk(self, name: str = "lac1-lns1") -> dict[str, Any]:
        """Return a trunk's entry of the concentrator's status."""
        return next(each for each in self.hosts["lac1"].status()["trunks"] if each["line"] == name)
