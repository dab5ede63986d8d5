"""An access concentrator's interface under 100,000 frames of junk, in a network namespace of this process's own.

`unshare` runs it (see test_flood.py). Prints what it cost, and whether a host gets a session afterwards.
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import socket
import subprocess
import sys
from pathlib import Path

from tests.lac.world import LAC

from branchline.aio.packet import EthernetPort
from branchline.config import parse
from branchline.lac.access import EthernetAccess
from branchline.pppoe.events import BROADCAST
from branchline.pppoe.host import Discovery, Wish
from branchline.pppoe.states import S
from branchline.wire import pppoe
from branchline.wire.pppoe import Packet

FRAMES, BURST = 100_000, 50
DICE = random.Random(1)
SERVICE = (pppoe.SERVICE_NAME, b"")


def junk(number: int, concentrator: bytes) -> bytes:
    """One frame: PADI and PADR of hosts that are not there, PADT, damaged and random ones, and strays of sessions."""
    source, target, kind = b"\2" + DICE.randbytes(5), concentrator, pppoe.DISCOVERY
    if number % 6 == 0:
        data, target = pppoe.encode(Packet(pppoe.PADI, 0, (SERVICE, (pppoe.HOST_UNIQ, DICE.randbytes(8))))), BROADCAST
    elif number % 6 == 1:
        data = pppoe.encode(Packet(pppoe.PADR, 0, (SERVICE, (pppoe.AC_COOKIE, DICE.randbytes(16)))))
    elif number % 6 == 2:
        data = pppoe.encode(Packet(pppoe.PADT, DICE.randrange(65536), ()))
    elif number % 6 == 3:
        data = DICE.randbytes(DICE.randrange(200))
    elif number % 6 == 4:
        data = b"\x11\x09\0\0" + DICE.randbytes(60)
    else:
        data, kind = pppoe.encode_session(DICE.randrange(65536), DICE.randbytes(20)), pppoe.SESSION
    return target + source + kind.to_bytes(2, "big") + data


def memory() -> int:
    """Kilobytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4


async def flood(concentrator: bytes, count: int) -> None:
    """Send so many frames, with room between the bursts for who has to take them."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as out:
        out.bind(("near", 0))
        for start in range(0, count, BURST):
            for number in range(start, start + BURST):
                out.send(junk(number, concentrator))
            await asyncio.sleep(0)


async def dial() -> float:
    """Seconds until a host has a session."""
    loop = asyncio.get_running_loop()
    host = Discovery(Wish(first=0.5, attempts=8), random=secrets.token_bytes)
    port = EthernetPort("near", frozenset((0,)), lambda data, place: host.receive(data, place, loop.time()))
    started = loop.time()
    host.start(started)
    while host.state is not S.OPEN and loop.time() - started < 30:
        for place, data in host.outbox():
            port.send_discovery(data, place)
        host.on_timeout(loop.time())
        await asyncio.sleep(0.01)
    port.close()
    return loop.time() - started


async def main() -> None:
    """Make the pair, flood, dial, print."""
    for words in ("link add near type veth peer name eth1", "link set near up", "link set eth1 up"):
        subprocess.run(["ip", *words.split()], check=True)
    lac = parse(LAC).lac
    assert lac is not None
    begun: list[object] = []
    access = EthernetAccess(lac.interfaces[0], lac, lambda _access, event: begun.append(event))
    while access.port is None:
        await asyncio.sleep(0.01)
    await flood(access.port.mac, FRAMES // 5)  # until every table has its size
    before = memory()
    await flood(access.port.mac, FRAMES)
    after, sessions = memory(), access.status()["sessions"]
    seconds, seen = await dial(), sum(access.drops().values())
    await access.close("that is all")
    json.dump({"grown": after - before, "sessions": sessions, "seconds": seconds, "seen": seen}, sys.stdout)


asyncio.run(main())
