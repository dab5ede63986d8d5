"""A hundred thousand datagrams, junk and replays, through the SA: no crash, no growth, lines stay up."""

from __future__ import annotations

from hosts import BRANCHES, CORP1, Pinging, guard

COUNT = 100_000

# Runs on a branch, from its virtual IP and with the mark, so that the guard lets it through: the engine gets all of it.
JUNK = """
import random, socket, struct, sys, time
address, count, recorded = sys.argv[1], int(sys.argv[2]), [bytes.fromhex(word) for word in sys.argv[3:]]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 0x1701)
dice = random.Random(2661)
sccrq = bytes.fromhex("c802003200000000000000008008000000000001"
    "8008000000020100" "800a000000076f736c6f" "8008000000090007")
def damaged(data):
    data = bytearray(data)
    for _ in range(dice.randrange(1, 4)):
        data[dice.randrange(len(data))] = dice.randrange(256)
    return bytes(data[:dice.randrange(1, len(data) + 1)])
kinds = [
    lambda: dice.randbytes(dice.randrange(0, 200)),
    lambda: struct.pack("!HHHHHH", 0xC802, 12, dice.randrange(65536), dice.randrange(65536), dice.randrange(65536), 0),
    lambda: struct.pack("!HHH", 0x0002, dice.randrange(65536), dice.randrange(65536)) + dice.randbytes(60),
    lambda: damaged(sccrq),
    lambda: dice.choice(recorded),
    lambda: damaged(dice.choice(recorded)),
]
for number in range(count):
    s.sendto(kinds[number % len(kinds)](), (address, 1701))
    if number % 300 == 299:
        time.sleep(0.05)  # about 5,000 a second: more would only overflow the buffers of user-space ESP
"""

# What the LNS's socket has got lately, as hexadecimal words.
RECORD = """
import socket, sys, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
s.bind(("ipsec0", 0x0800))
s.settimeout(1)
until, words = time.time() + 3, []
while time.time() < until and len(words) < 200:
    try:
        packet = s.recv(2048)
    except socket.timeout:
        continue
    start = (packet[0] & 15) * 4 + 8
    if packet[9] == 17 and packet[start - 6:start - 4] == b"\\x06\\xa5" and len(packet) < 400:
        words.append(packet[start:].hex())
print(" ".join(words))
"""


def memory(host) -> int:
    """Return the engine's resident memory, kB."""
    return int(host.run(f"awk '/VmRSS/ {{print $2}}' /proc/{host.pid('branchline.service')}/status"))


def test_junk_and_replays_harm_nobody(hosts, lns, capsys):
    oslo = hosts["oslo"]
    sessions = {line["line"]: line["session"] for line in lns.status()["lines"]}
    recording = lns.start("python3 -c '" + RECORD.replace("'", '"') + "'")
    oslo.run("branchline reconnect oslo-lns1")  # so that control messages are among what is recorded
    oslo.run(f"sleep 1; ping -nq -c30 -i0.03 {CORP1}")
    recorded = recording.communicate()[0].split()
    assert len(recorded) > 20
    pid, before, passed = lns.pid("branchline.service"), memory(lns), guard(lns, "passed_in")
    with Pinging(hosts["lyon"], CORP1) as lyon, Pinging(hosts["turin"], CORP1) as turin:
        oslo.python(JUNK, "203.0.113.10", str(COUNT), *recorded)
    after, arrived = memory(lns), guard(lns, "passed_in") - passed
    assert arrived > 0.9 * COUNT
    assert lns.pid("branchline.service") == pid
    assert after - before < 8 * 1024
    now = {line["line"]: line["session"] for line in lns.status()["lines"]}
    others = [f"{name}-lns1" for name in BRANCHES if name != "oslo"]
    assert {name: now[name] for name in others} == {name: sessions[name] for name in others}
    with capsys.disabled():
        print(f"\n  {COUNT} of junk, {arrived} packets in all: {before} kB before, {after} kB after; "
              f"lyon lost {lyon.lost} of {lyon.sent} pings, turin {turin.lost} of {turin.sent}")  # fmt: skip
    assert lyon.lost <= lyon.sent * 0.02
    assert turin.lost <= turin.sent * 0.02
