"""The kernel itself: it has what the other tests need, and its clock is not the machine's."""

from __future__ import annotations

import subprocess
import time

import pytest

XFRM = "ip xfrm state add src 192.0.2.1 dst 192.0.2.2"
GCM = "aead 'rfc4106(gcm(aes))' 0x000102030405060708090a0b0c0d0e0f10111213 128"
CBC = "enc 'cbc(aes)' 0x000102030405060708090a0b0c0d0e0f auth 'hmac(sha256)' 0x0001020304050607"
NFT = """nft -f - <<END
table inet t {
  chain out { type filter hook output priority 0; rt ipsec exists accept; }
  chain in { type filter hook input priority 0; meta ipsec exists ct mark set 1; }
  chain first { type filter hook prerouting priority raw; ct zone set 1; }
}
END"""
MARKS = """iptables-legacy -t mangle -A PREROUTING -p esp -m esp --espspi 1 -j MARK --set-mark 1
iptables-legacy -t mangle -A OUTPUT -j CONNMARK --save-mark"""
HAS = [
    # what                      a command that succeeds if it is there
    ("PPPoL2TP",                "python3 -c 'import socket; socket.socket(24, socket.SOCK_DGRAM, 1)'"),
    ("PPPoE",                   "python3 -c 'import socket; socket.socket(24, socket.SOCK_DGRAM, 0)'"),
    ("PPP",                     "python3 -c 'open(\"/dev/ppp\", \"r+b\", 0)'"),
    ("TUN",                     "python3 -c 'open(\"/dev/net/tun\", \"r+b\", 0)'"),
    ("L2TP by netlink",         "ip l2tp show tunnel"),
    ("ESP, AES-GCM",            f"{XFRM} proto esp spi 1 {GCM}"),
    ("ESP, AES-CBC, SHA-256",   f"{XFRM} proto esp spi 2 {CBC}"),
    ("AH, SHA-256",             f"{XFRM} proto ah spi 3 auth 'hmac(sha256)' 0x0001"),
    ("netem",                   "tc qdisc add dev lo root netem delay 10ms loss 1%; tc qdisc del dev lo root"),
    ("nftables with IPsec",     f"{NFT}\nnft delete table inet t"),
    ("iptables' policy",        "iptables-legacy -A INPUT -m policy --dir in --pol ipsec -j ACCEPT"),
    ("iptables' marks",         MARKS),
    ("VLANs",                   "ip link add v0 type veth peer name v1; ip link add link v0 v0.5 type vlan id 5"),
    ("bridges",                 "ip link add b0 type bridge; ip link del b0"),
]  # fmt: skip


@pytest.mark.parametrize("command", [command for _what, command in HAS], ids=[what for what, _command in HAS])
def test_it_has(command):
    done = subprocess.run(["sh", "-ec", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_hour_of_its_clock_takes_no_time():
    before = time.monotonic()
    time.sleep(3600)
    assert 3600 <= time.monotonic() - before < 3601
