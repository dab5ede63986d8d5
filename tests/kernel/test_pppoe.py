"""Stock pppd with the kernel's own PPPoE: it dials our access concentrator, and its server takes our host in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lane import HERE, up
from lines import ROLES, archive
from scenarios.host import until

LNS, CORP1 = "203.0.113.10", "10.10.0.10"
USER, PASSWORD, SECRET = "home1@corp.example", "a secret of the user", "a-secret-of-the-tunnel"
BASE = {"version": 1, "mark": None, "datapath": "tun"}
SERVER = {
    **BASE,
    "host_name": "lns1",
    "lns": {
        "listen": [{"address": LNS}],
        "address": "10.20.0.1",
        "auth": ["mschapv2", "chap-md5", "pap"],
        "require_tunnel_secret": True,
        "pools": {"few": ["10.20.0.16-10.20.0.19"]},
        "peers": {"lyon": {"secret": SECRET}},
        "users": {USER: {"line": "home1-lns1", "secret": PASSWORD, "pool": "few"}},
    },
}
WORDS = (
    "nodeflate nobsdcomp noccp lcp-restart 1 lcp-echo-interval 5 lcp-echo-failure 4 ifname foreign mtu 1360 mru 1360"
)


def write(files: dict[str, bytes]) -> None:
    """Write files, on the host that it is called on."""
    for path, data in files.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(data)


def engine(host, config) -> None:
    """Install our engine and have it do what `config` says."""
    files = {
        "/usr/local/lib/branchline/branchline.pyz": archive(),
        "/etc/systemd/system/branchline.service": (ROLES / "engine/files/branchline.service").read_bytes(),
        "/etc/branchline/engine.json": json.dumps(config).encode(),
        "/usr/local/bin/systemctl": (HERE / "systemctl").read_bytes(),
    }
    host.call(write, files)
    host.run(
        "getent passwd branchline >/dev/null || useradd --system --user-group branchline;"
        "chmod 755 /usr/local/lib/branchline/branchline.pyz /usr/local/bin/systemctl;"
        "chgrp branchline /etc/branchline/engine.json; systemctl restart branchline"
    )


@pytest.fixture(scope="module")
def hosts():
    """Return the hosts: `lyon` is the concentrator, or the host that dials; `rotterdam` has pppd."""
    return up("isp", "lns1", "corp1", "nat1", "lyon", "rotterdam")


@pytest.fixture
def pppd(hosts):
    """Return the host with pppd and its secrets; what a test started there is ended."""
    host = hosts["rotterdam"]
    secrets = f'"{USER}" * "{PASSWORD}" *\n'.encode()
    host.call(write, {"/etc/ppp/chap-secrets": secrets, "/etc/ppp/pap-secrets": secrets})
    yield host
    host.run("pkill pppoe-server; pkill pppd; for i in 1 2 3 4 5 6 7 8 9; do pgrep pppd || break; sleep 1; done; true")


WAYS = [("mschapv2", "kernel"), ("pap", "tun")]  # the other test is of CHAP with MD5


@pytest.mark.parametrize(("method", "datapath"), WAYS)
def test_pppd_dials_our_concentrator(hosts, pppd, method, datapath):
    lac = {
        "interfaces": [{"interface": hosts["lyon"].device["home1"]}],
        "auth": [method],
        "mru": 1360,
        "lns": {"lyon-lns1": {"address": LNS, "tunnel_secret": SECRET, "hide_avps": True}},
        "realms": {"corp.example": {"lns": [{"line": "lyon-lns1"}]}},
        "callers": {USER: {"line": "home1-lns1"}},
    }
    engine(hosts["lns1"], SERVER)
    engine(hosts["lyon"], {**BASE, "host_name": "lyon", "lac": lac, "datapath": datapath})
    until(lambda: hosts["lyon"].status()["lac"]["listeners"][0]["mac"], "hosts may dial in", 20)
    device = pppd.device["home1"]
    pppd.run(f"pppd plugin rp-pppoe.so nic-{device} user {USER} noauth {WORDS} updetach logfile /var/log/pppd.log")
    ours = next(line for line in hosts["lns1"].status()["lines"] if line["line"] == "home1-lns1")
    assert (ours["state"], ours["auth"], ours["user"]) == ("open", method, USER)
    assert hosts["lyon"].line("home1-lns1")["datapath"]["name"] == datapath
    assert f"inet {ours['address']} peer 10.20.0.1/32" in pppd.run("ip -4 addr show dev foreign")
    log = pppd.run("cat /var/log/pppd.log; rm /var/log/pppd.log")
    assert "CHAP authentication succeeded" in log or "PAP authentication succeeded" in log
    pppd.run(f"ip route replace {CORP1} dev foreign")
    for host, other in ((pppd, CORP1), (hosts["corp1"], ours["address"])):
        assert " 5 received" in host.run(f"ping -nq -c5 -i0.05 -W10 -s1332 -Mdo {other}")


def test_our_host_dials_pppoe_server(hosts, pppd):
    words = [f"lcp-echo-{name} {count}" for name, count in (("interval", 5), ("failure", 4))]
    lines = [
        "require-chap",
        "name theirs",
        "lcp-restart 1",
        *words,
        "ifname foreign",
        "nodeflate",
        "nobsdcomp",
        "noccp",
    ]
    pppd.call(write, {"/etc/ppp/server": "\n".join(lines).encode() + b"\n"})
    pppd.run(f"pppoe-server -k -I {pppd.device['home1']} -C theirs -L 10.30.0.1 -R 10.30.0.9 -O /etc/ppp/server")
    line = {"user": USER, "secret": PASSWORD, "interface": "out", "mtu": 1492, "auth": ["chap-md5"]}
    pppoe = {"interface": hosts["lyon"].device["home1"], "ac": "theirs"}
    engine(hosts["lyon"], {**BASE, "host_name": "lyon", "lines": {"out": {**line, "pppoe": pppoe}}})
    until(lambda: hosts["lyon"].status()["lines"][0]["state"] == "open", "the line is open", 30)
    found = hosts["lyon"].status()["lines"][0]
    assert (found["auth"], found["peer_address"], found["pppoe"]["ac_name"]) == ("chap-md5", "10.30.0.1", "theirs")
    assert " 5 received" in hosts["lyon"].run("ping -nq -c5 -i0.05 -W10 -s1464 -Mdo 10.30.0.1")
