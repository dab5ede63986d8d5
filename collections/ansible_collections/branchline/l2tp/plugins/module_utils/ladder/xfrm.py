# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's IPsec by netlink (linux/xfrm.h): its states and policies, as the kernel and nobody else tells them."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

NETLINK_XFRM = 6
NLM_F_REQUEST_DUMP = 0x301
NLMSG_ERROR, NLMSG_DONE = 2, 3
XFRM_MSG_GETSA, XFRM_MSG_GETPOLICY = 18, 21
ALG_AUTH, ALG_CRYPT, TMPL, ALG_AEAD, ALG_AUTH_TRUNC, MARK = 1, 2, 5, 18, 20, 21  # enum xfrm_attr_type_t
HEADER = struct.Struct("=IHHII")  # struct nlmsghdr
SELECTOR = struct.Struct("=16s16s2s2s2s2sHBBBxxxiI")  # struct xfrm_userpolicy_info and xfrm_usersa_info begin with it
STATE_ID, STATE_COUNTERS, STATE_END, STATE_SIZE = 56, 160, 208, 224  # offsets in struct xfrm_usersa_info
POLICY_END, POLICY_SIZE = 152, 168  # struct xfrm_userpolicy_info
TEMPLATE = struct.Struct("=16sIBxxxHxx16sIBBBxIII")  # struct xfrm_user_tmpl
PROTOCOLS = {50: "esp", 51: "ah"}
MODES = {0: "transport", 1: "tunnel"}
DIRECTIONS = {0: "in", 1: "out", 2: "fwd"}
SOCKET = "socket"
UDP = 17
NAMES = {  # crypto API -> strongSwan's keywords; {} is the key's length in bits
    "rfc4106(gcm(aes))": "aes{}gcm16",
    "rfc7539esp(chacha20,poly1305)": "chacha20poly1305",
    "cbc(aes)": "aes{}",
    "cbc(des3_ede)": "3des",
    "hmac(sha1)": "sha1",
    "hmac(sha256)": "sha256",
    "hmac(sha384)": "sha384",
    "hmac(sha512)": "sha512",
    "xcbc(aes)": "aesxcbc",
}
SALT = {"rfc4106(gcm(aes))": 32, "rfc7539esp(chacha20,poly1305)": 32}  # bits of the key that are none of the cipher's


@dataclass(frozen=True)
class State:
    """One security association; `spi` in hex as charon writes it, counters in bytes and packets."""

    spi: str
    protocol: str
    mode: str
    source: str
    destination: str
    reqid: int
    algorithms: dict[str, str]
    bytes: int
    packets: int


@dataclass(frozen=True)
class Policy:
    """One policy: whom it is for (networks, ports, 0 for any), and its (protocol, mode, reqid), the inmost first."""

    direction: str
    source: str
    source_port: int
    destination: str
    destination_port: int
    protocol: int
    mark: int
    templates: tuple[tuple[str, str, int], ...]

    def covers(self, source: tuple[str, int], destination: tuple[str, int]) -> bool:
        """Whether UDP from one address and port to another is for it."""
        pairs = ((source, self.source, self.source_port), (destination, self.destination, self.destination_port))
        inside = all(ip_address(end[0]) in ip_network(network) and port in (0, end[1]) for end, network, port in pairs)
        return inside and self.protocol in (0, UDP)

    def text(self) -> str:
        """It in one line, for people."""
        ends = (f"{self.source}[{self.source_port or 'any'}]", f"{self.destination}[{self.destination_port or 'any'}]")
        marked = f" mark {self.mark:#x}" if self.mark else ""
        done = ", then ".join(f"{protocol} {mode}" for protocol, mode, _reqid in self.templates)
        return f"{self.direction} {ends[0]} -> {ends[1]}{marked}: {done or 'nothing'}"


@dataclass(frozen=True)
class Xfrm:
    """All of it; an error says why there is none."""

    states: dict[str, State] = field(default_factory=dict)
    policies: list[Policy] = field(default_factory=list)
    error: str = ""


def observe() -> Xfrm:
    """The kernel's states by SPI, and its policies, without those of sockets."""
    try:
        states = [_state(body) for body in dump(XFRM_MSG_GETSA)]
        policies = [_policy(body) for body in dump(XFRM_MSG_GETPOLICY)]
    except OSError as error:
        return Xfrm(error=f"XFRM netlink: {error.strerror or error}")
    ours = [one for one in policies if one.direction != SOCKET]
    return Xfrm({state.spi: state for state in states}, ours)


def dump(kind: int) -> Iterator[bytes]:
    """The bodies of the messages that answer a dump request of the current network namespace; raises OSError."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_XFRM) as opened:
        opened.settimeout(30)
        opened.send(HEADER.pack(HEADER.size, kind, NLM_F_REQUEST_DUMP, 1, 0))
        for answer, body in _answers(opened):
            if answer == NLMSG_ERROR:
                code = -struct.unpack_from("=i", body)[0]
                raise OSError(code, f"the dump was refused ({code})")
            yield body


def _answers(opened: socket.socket) -> Iterator[tuple[int, bytes]]:
    """(type, body) of each message, until the dump is done."""
    done = False
    while not done:
        found = list(messages(opened.recv(1 << 18)))
        done = any(answer == NLMSG_DONE for answer, _body in found)
        yield from (one for one in found if one[0] != NLMSG_DONE)


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(type, body) of each netlink message in a datagram."""
    while len(data) >= HEADER.size:
        length, kind, _flags, _sequence, _port = HEADER.unpack_from(data)
        yield kind, data[HEADER.size : length]
        data = data[(length + 3) & ~3 :]


def attributes(data: bytes) -> dict[int, bytes]:
    """Values by type."""
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        found[kind] = data[4:length]
        data = data[max(4, (length + 3) & ~3) :]
    return found


def _state(body: bytes) -> State:
    family, mode = struct.unpack_from("=HB", body, STATE_END + 4)
    spi, protocol = struct.unpack_from(">IB", body, STATE_ID + 16)
    counted, packets = struct.unpack_from("=QQ", body, STATE_COUNTERS)
    return State(
        spi=f"{spi:08x}",
        protocol=PROTOCOLS.get(protocol, str(protocol)),
        mode=MODES.get(mode, str(mode)),
        source=_address(body[80:96], family),
        destination=_address(body[STATE_ID : STATE_ID + 16], family),
        reqid=struct.unpack_from("=I", body, STATE_END)[0],
        algorithms=_algorithms(attributes(body[STATE_SIZE:])),
        bytes=counted,
        packets=packets,
    )


def _policy(body: bytes) -> Policy:
    far, near, port, _, from_port, _, family, far_bits, near_bits, protocol, _, _ = SELECTOR.unpack_from(body)
    own = attributes(body[POLICY_SIZE:])
    (index,) = struct.unpack_from("=I", body, POLICY_END + 4)
    return Policy(
        direction=DIRECTIONS.get(index & 7, SOCKET),
        source=f"{_address(near, family)}/{near_bits}",
        source_port=int.from_bytes(from_port, "big"),
        destination=f"{_address(far, family)}/{far_bits}",
        destination_port=int.from_bytes(port, "big"),
        protocol=protocol,
        mark=struct.unpack("=I", own.get(MARK, bytes(8))[:4])[0],
        templates=tuple(map(_template, TEMPLATE.iter_unpack(own.get(TMPL, b"")))),
    )


def _template(row: tuple[Any, ...]) -> tuple[str, str, int]:
    return PROTOCOLS.get(row[2], str(row[2])), MODES.get(row[6], str(row[6])), row[5]


def _address(octets: bytes, family: int) -> str:
    return socket.inet_ntop(socket.AF_INET, octets[:4]) if family != socket.AF_INET6 else str(ip_address(octets))


def _algorithms(own: dict[int, bytes]) -> dict[str, str]:
    """As proposals.negotiated gives charon's: encr and integ."""
    found = {}
    for kind, name in ((ALG_AEAD, "encr"), (ALG_CRYPT, "encr"), (ALG_AUTH, "integ"), (ALG_AUTH_TRUNC, "integ")):
        if kind in own:
            found[name] = _algorithm(own[kind])
    return found


def _algorithm(value: bytes) -> str:
    name = value[:64].split(b"\0")[0].decode()
    (bits,) = struct.unpack_from("=I", value, 64)
    return NAMES.get(name, name).format(bits - SALT.get(name, 0))
