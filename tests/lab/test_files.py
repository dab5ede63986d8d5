"""What the driver writes: apt's sources, a host's own files, ssh's, certificates."""

from __future__ import annotations

import stat
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

import pytest
from cryptography import x509

from lab import apt, ca, relay, seed, ssh, switch
from lab.system import LabError
from lab.topology import Host, Link, Topology

DIRECT = "http://mirror.example/debian bookworm main\nhttp://mirror.example/debian bookworm main\n"
SECURITY = "https://security.example:8443/debian bookworm-security main\n"
OTHERS = "https://tools.example/apt tools-bookworm main\nfile:/srv/debian bookworm main\n"
PROXY = 'Acquire::http::Proxy "http://cache.example:3142";\nAcquire::Languages "none";\n'
SOURCES = [
    (DIRECT,            "",     ["mirror.example:80"],                          1),
    (DIRECT + SECURITY, "",     ["mirror.example:80", "security.example:8443"], 2),
    (DIRECT + OTHERS,   "",     ["mirror.example:80"],                          1),
    (DIRECT,            PROXY,  ["cache.example:3142"],                         1),
]  # fmt: skip
HOST = Host(
    "nat",
    (
        Link("eth0", "mgmt", IPv4Interface("192.0.2.10/24")),
        Link("eth1", "wan", IPv4Interface("203.0.113.2/28")),
        Link("eth2", "home", IPv4Interface("192.168.1.1/24")),
    ),
    gateway=IPv4Address("203.0.113.1"),
    masquerade="eth1",
    routes=((IPv4Network("10.0.0.0/8"), IPv4Address("192.168.1.9")),),
)
NETWORKS = {"mgmt": IPv4Interface("192.0.2.1/24")}


def lab(state=Path("/a/deep place/.lab")):
    return Topology("demo", Path("/x/topology.yml"), state, NETWORKS, {}, {}, {"nat": HOST})


@pytest.mark.parametrize(("targets", "config", "endpoints", "lines"), SOURCES)
def test_apt(targets, config, endpoints, lines):
    found = apt.parse(targets, config)
    assert [f"{host}:{port}" for host, port in found.endpoints] == endpoints
    assert len(found.lines) == lines
    assert found.lines[0] == "deb http://mirror.example/debian bookworm main"
    assert found.conf == (PROXY.splitlines()[0] + "\n" if config else "")


def test_apt_without_the_suite():
    with pytest.raises(LabError, match="apt has no http or https source of bookworm"):
        apt.parse(OTHERS, "")


def test_relay():
    sources = apt.parse(DIRECT + SECURITY, "")
    assert relay.addresses(lab(), sources) == {"mirror.example": "192.0.2.254", "security.example": "192.0.2.253"}
    words = relay.commands(lab(), sources)["relay1-in.pid"]
    assert "TCP-LISTEN:8443,bind=192.0.2.253,fork,reuseaddr" in words
    assert words[-1] == "UNIX-CONNECT:/run/branchline-lab/demo/relay1.sock"


def test_seed():
    files = seed.files(HOST, {"mirror.example": "192.0.2.254"})
    assert files["etc/hosts"].splitlines() == ["127.0.0.1 localhost", "127.0.1.1 nat", "192.0.2.254 mirror.example"]
    assert [row.split()[1] for row in files["etc/network/interfaces"].splitlines() if row.startswith("auto")] == [
        "lo", "eth0", "eth1", "eth2",
    ]  # fmt: skip
    assert "net.ipv4.ip_forward = 1" in files["etc/sysctl.d/60-lab.conf"]
    assert 'oifname "eth1" masquerade' in files["etc/nftables.conf"]


def test_interfaces():
    stanzas = [seed.interface(HOST, link).split("\n") for link in HOST.links]
    assert stanzas == [
        ["auto eth0", "iface eth0 inet static", "  address 192.0.2.10/24", ""],
        ["auto eth1", "iface eth1 inet static", "  address 203.0.113.2/28", "  gateway 203.0.113.1", ""],
        ["auto eth2", "iface eth2 inet static", "  address 192.168.1.1/24",
         "  up ip route replace 10.0.0.0/8 via 192.168.1.9", ""],
    ]  # fmt: skip


def test_ssh():
    text = ssh.config(lab())
    assert "Host nat\n  HostName 192.0.2.10\n  HostKeyAlias nat\n" in text
    assert 'IdentityFile "/a/deep place/.lab/id_ed25519"' in text
    assert "ControlPath /run/branchline-lab/demo/cm/%n-%r" in text
    assert ssh.known_hosts({"nat": "ssh-ed25519 AAAA root@nat\n"}) == "nat ssh-ed25519 AAAA\n"


def test_mac_addresses_are_stable_and_local():
    assert switch.mac("a", "b", "eth0") == switch.mac("a", "b", "eth0") != switch.mac("a", "b", "eth1")
    assert switch.mac("a", "b", "eth0").startswith("02:")


def test_certificates(tmp_path):
    wanted = {"lns1": ("lns1.example", "lns1"), "lyon": ("lyon.example",)}
    assert ca.write(tmp_path / "ca", "demo", wanted)
    assert not ca.write(tmp_path / "ca", "demo", wanted)
    assert ca.names_in(tmp_path / "ca/lns1.crt") == ("lns1.example", "lns1")
    assert stat.S_IMODE((tmp_path / "ca/lns1.key").stat().st_mode) == 0o600
    authority, leaf = (
        x509.load_pem_x509_certificate((tmp_path / "ca" / f).read_bytes()) for f in ("ca.crt", "lyon.crt")
    )
    leaf.verify_directly_issued_by(authority)


def test_a_changed_name_makes_a_new_certificate_from_the_same_ca(tmp_path):
    ca.write(tmp_path / "ca", "demo", {"lns1": ("old.example",)})
    before = (tmp_path / "ca/ca.crt").read_bytes()
    assert ca.write(tmp_path / "ca", "demo", {"lns1": ("new.example",)})
    assert ca.names_in(tmp_path / "ca/lns1.crt") == ("new.example",)
    assert (tmp_path / "ca/ca.crt").read_bytes() == before
