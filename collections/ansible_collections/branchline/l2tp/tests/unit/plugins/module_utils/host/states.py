"""Desired states of a branch and of an LNS as the plan gives them, small enough to read."""

from __future__ import annotations


def secret(ref):
    return {"$secret": ref}


def initiator(line):
    """The IPsec connection of a line that the host opens."""
    return {
        "name": line, "version": 2, "initiator": True, "auth": "psk",
        "local_address": None, "remote_address": "203.0.113.10", "local_id": "oslo", "remote_id": "lns1",
        "remote_ids": [], "certificate": None, "ca": None, "ah_proposals": [],
        "proposals": ["aes256-sha256-ecp256"], "esp_proposals": ["aes256gcm16"],
        "mode": "tunnel", "virtual_ip": True, "pool": None, "local_ts": "dynamic[udp]",
        "remote_ts": "203.0.113.10/32[udp/1701]", "dpd_delay": 5, "mobike": False,
    }  # fmt: skip


def responder():
    """The one connection of an LNS for all its alike lines."""
    return {
        **initiator("lns-ikev2-psk"), "initiator": False, "local_address": "203.0.113.10", "remote_address": "%any",
        "local_id": "lns1", "remote_id": None, "virtual_ip": False, "pool": "branchline",
        "local_ts": "203.0.113.10/32[udp/1701]", "remote_ts": "dynamic[udp]",
    }  # fmt: skip


def client(line, **changed):
    """A line that a branch opens."""
    return {
        "lns": "203.0.113.10", "ipsec": {"connection": line, "child": "l2tp", "virtual_ip": True}, "user": "oslo",
        "tunnel_secret": secret(f"{line}.tunnel.1"), "secret": secret(f"{line}.ppp.1"), "interface": line, "mtu": 1360,
        "routes": ["10.10.0.0/24"], **changed,
    }  # fmt: skip


def branch(*lines, **changed):
    """A branch that opens the named lines; `changed` are settings of each."""
    return {
        "version": 1,
        "host": "oslo",
        "engine": {
            "version": 1,
            "host_name": "oslo",
            "mark": 5889,
            "lns": None,
            "lines": {line: client(line, **changed) for line in lines},
        },
        "ipsec": {
            "backend": "libipsec",
            "connections": [initiator(line) for line in lines],
            "pools": [],
            "secrets": [
                {"name": f"ike-{line}", "ids": ["oslo", "lns1"], "secret": secret(f"{line}.psk.1")} for line in lines
            ],
            "certificates": [],
        },
        "guard": {"backend": "libipsec"},
    }


def lns(*branches, **changed):
    """An LNS with a line from each of the named branches; `changed` are settings of its engine."""
    engine = {
        "listen": [{"address": "203.0.113.10", "port": 1701}],
        "address": "10.20.0.1",
        "pools": {"branches": ["10.20.0.16-10.20.0.127"]},
        "peers": {name: {"secret": secret(f"{name}-lns1.tunnel.1")} for name in branches},
        "users": {
            name: {"line": f"{name}-lns1", "secret": secret(f"{name}-lns1.ppp.1"), "pool": "branches", "routes": []}
            for name in branches
        },
        **changed,
    }
    secrets = [
        {"name": f"ike-{name}-lns1", "ids": [name, "lns1"], "secret": secret(f"{name}-lns1.psk.1")} for name in branches
    ]
    return {
        "version": 1,
        "host": "lns1",
        "engine": {"version": 1, "host_name": "lns1", "mark": 5889, "lns": engine, "lines": {}},
        "ipsec": {
            "backend": "libipsec",
            "connections": [responder()],
            "pools": [{"name": "branchline", "addresses": "10.99.0.0/24"}],
            "secrets": secrets,
            "certificates": [],
        },
        "guard": {"backend": "libipsec"},
    }
