"""A device's part of a plan, as the plan would make it, for each emulated platform."""

from __future__ import annotations

IPSEC = {
    "version": 2, "auth": "psk", "mode": "transport", "backend": "kernel", "local_id": "bergen", "remote_id": "lns1",
    "secret": {"$secret": "bergen-lns1.psk.1"},
    "proposals": ["aes256-sha256-ecp384"], "esp_proposals": ["aes256-sha256"],
}  # fmt: skip
LINE = {
    "lns": "203.0.113.10", "host_name": "bergen", "user": "bergen", "secret": {"$secret": "bergen-lns1.ppp.1"},
    "tunnel_secret": None, "hide_avps": False, "auth": ["chap-md5"], "mtu": 1360, "mss": 1320,
    "address": None, "routes": ["10.10.0.0/24"], "default_route": False, "hello": 60, "sequencing": False,
    "generation": 1, "ipsec": IPSEC,
}  # fmt: skip
INTERFACES = {"cisco_ios": "Virtual-PPP1", "cisco_iosxe": "Virtual-PPP1", "mikrotik_routeros": "bergen-lns1"}
OUTER = {"cisco_ios": "GigabitEthernet0/0", "cisco_iosxe": "GigabitEthernet0/0", "mikrotik_routeros": None}
LNS = {
    "address": "203.0.113.10", "ppp_address": "10.20.0.1", "host_name": "lns1", "auth": ["mschapv2"], "dns": [],
    "mtu": 1360, "mss": 1320, "hello": 60, "interface": "l2tp", "outer_interface": "eth0",
    "pools": {"branches": ["10.20.0.16-10.20.0.31"]},
    "users": {"oslo": {"secret": {"$secret": "bergen-lns1.ppp.1"}, "address": None, "pool": "branches", "routes": [],
                       "tunnel_secret": None, "line": "oslo-lns1", "generation": 1, "id": None, "key": None}},
    "ipsec": {**IPSEC, "version": 1},
}  # fmt: skip
SECRETS = {"bergen-lns1.psk.1": "psk-of-nobody-else", "bergen-lns1.ppp.1": "ppp-of-nobody-else"}


def part(platform, **changed):
    """A device's part of a plan: one line that it opens; of VyOS, an LNS."""
    own = {"interface": INTERFACES.get(platform, ""), "outer_interface": OUTER.get(platform)}
    lines = {} if platform == "vyos" else {"bergen-lns1": {**LINE, **own, **changed}}
    lns = {**LNS, **changed} if platform == "vyos" else None
    return {"version": 1, "host": "bergen", "platform": platform, "device": {"lines": lines, "lns": lns, "lac": None}}
