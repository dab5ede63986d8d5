"""Two EthernetPorts at the ends of a veth pair, in a network namespace of this process's own; prints what came through.

`unshare` runs it (see test_packet.py), so that no interface of the machine is touched.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time

from branchline.aio.packet import EthernetPort
from branchline.errors import LocalError
from branchline.pppoe.events import BROADCAST, Place

UNTAGGED, TAGGED = frozenset((0,)), frozenset((0, 7))
FAR = 0x88B5  # an Ethernet type for experiments: nothing of ours


def ip(*arguments: str) -> None:
    """Run ip(8)."""
    subprocess.run(["ip", *arguments], check=True)


def until_it_sends(name: str) -> None:
    """Wait until the interface is up in every respect; the kernel drops what is sent before that."""
    for _ in range(500):
        told = subprocess.run(["ip", "-json", "link", "show", name], check=True, capture_output=True).stdout
        if json.loads(told)[0]["operstate"] == "UP":
            return
        time.sleep(0.01)


def refusal(interface: str) -> str:
    """Why a port cannot be opened."""
    try:
        EthernetPort(interface, UNTAGGED, print)
    except LocalError as error:
        return str(error)
    return "it can"


class End:
    """One end, and what it has heard."""

    def __init__(self, interface: str, vlans: frozenset[int]) -> None:
        self.heard: list[list[object]] = []
        self.port = EthernetPort(interface, vlans, self._discovery, self._stray)

    def _discovery(self, data: bytes, place: Place) -> None:
        self.heard.append(["discovery", place.vlan, data[:6].hex()])

    def _stray(self, place: Place, session: int) -> None:
        self.heard.append(["stray", place.vlan, session])

    def sink(self, place: Place, session: int) -> None:
        self.port.open_sink(place, session, lambda packet: self.heard.append(["session", place.vlan, packet.hex()]))


async def until(end: End, count: int) -> None:
    """Wait for so many packets; what does not come is missing in the output."""
    for _ in range(500):
        if len(end.heard) >= count:
            return
        await asyncio.sleep(0.01)


async def conversation(vlans: frozenset[int]) -> dict[str, object]:
    """Everything that one end can say to the other."""
    near, far = End("near", vlans), End("far", vlans)
    padi, size = bytes.fromhex("110900000000"), len(vlans)
    for vlan in sorted(vlans):
        near.port.send_discovery(padi, Place(BROADCAST, vlan))
        near.port.send_discovery(padi, Place(far.port.mac, vlan))
        near.port.send_discovery(padi, Place(b"\2\0\0\0\0\x63", vlan))  # to somebody else
        far.sink(Place(near.port.mac, vlan), 7)
        near.port.transmitter(Place(far.port.mac, vlan), 7)(b"\xc0\x21" + bytes(1498))
        near.port.transmitter(Place(far.port.mac, vlan), 7)(b"\xc0\x21\1")  # padded by some drivers
        near.port.transmitter(Place(far.port.mac, vlan), 8)(b"\xc0\x21\1")
    await until(far, 5 * size)
    near.port.send_discovery(padi, Place(far.port.mac, 9))  # a VLAN that nobody asked for
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as other:
        other.bind(("near", 0))
        other.send(far.port.mac + near.port.mac + FAR.to_bytes(2, "big") + bytes(60))
    far.port.send_discovery(padi, Place(near.port.mac, 0))
    await until(near, 1)
    heard = len(far.heard)
    for say in (far.port.spare, far.port.need):
        say()
        near.port.transmitter(Place(far.port.mac, 0), 7)(b"\x00\x21\1")  # data
        near.port.transmitter(Place(far.port.mac, 0), 7)(b"\x80\x21\1")  # control
        near.port.send_discovery(padi, Place(far.port.mac, 0))
        await until(far, len(far.heard) + 2 + (say == far.port.need or len(vlans) > 1))
    spared, far.heard = far.heard[heard:], far.heard[:heard]
    near.port.transmitter(Place(far.port.mac, 0), 7)(bytes(1503))  # one octet more than the interface takes
    result = {
        "far": far.heard,
        "spared": spared,
        "near": near.heard,
        "refused": near.port.refused,
        "mtu": near.port.mtu,
    }
    near.port.close()
    far.port.close()
    return result


async def main() -> None:
    """Make the pair, talk, print."""
    ip("link", "set", "lo", "up")
    ip("link", "add", "near", "type", "veth", "peer", "name", "far")
    for name in ("near", "far"):
        ip("link", "set", name, "mtu", "1508", "up")
    for name in ("near", "far"):
        until_it_sends(name)
    results = [await conversation(vlans) for vlans in (UNTAGGED, TAGGED)]
    port = EthernetPort("near", UNTAGGED, print)
    there = [port.is_there()]
    ip("link", "del", "near")
    there.append(port.is_there())
    json.dump({"talks": results, "there": there, "missing": refusal("near"), "lo": refusal("lo")}, sys.stdout)


asyncio.run(main())
