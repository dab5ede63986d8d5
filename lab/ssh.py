"""Keys and the ssh_config by which ssh, scp and Ansible reach the hosts."""

from __future__ import annotations

from pathlib import Path

from lab import switch
from lab.system import NETNS, RUN, run
from lab.topology import Topology

# Sockets of shared connections live in a short path: a unix socket's may have 107 characters, a checkout's may be long.
EVERYWHERE = """\
Host *
  User root
  IdentityFile "{state}/id_ed25519"
  IdentitiesOnly yes
  UserKnownHostsFile "{state}/known_hosts"
  GlobalKnownHostsFile none
  StrictHostKeyChecking yes
  UpdateHostKeys no
  PreferredAuthentications publickey
  ConnectTimeout 10
  ServerAliveInterval 5
  ServerAliveCountMax 3
  LogLevel ERROR
  ProxyCommand nsenter --net={switch} socat - TCP:%h:%p
  ControlMaster auto
  ControlPath {run}/cm/%n-%r
  ControlPersist 60
"""


def keygen(path: Path, comment: str) -> None:
    """Make a key pair unless there is one."""
    if not path.exists():
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path)


def config(topology: Topology) -> str:
    """The text of ssh_config."""
    blocks = [
        f"Host {name}\n  HostName {host.links[0].address.ip}\n  HostKeyAlias {name}\n"
        for name, host in topology.hosts.items()
    ]
    netns = NETNS / switch.namespace(topology.name)
    return "".join([*blocks, EVERYWHERE.format(state=topology.state, switch=netns, run=RUN / topology.name)])


def known_hosts(keys: dict[str, str]) -> str:
    """The text of known_hosts; `keys` maps hosts to their public keys."""
    return "".join(f"{name} {' '.join(key.split()[:2])}\n" for name, key in keys.items())


def write(topology: Topology, keys: dict[str, str]) -> None:
    """Write both files."""
    (RUN / topology.name / "cm").mkdir(mode=0o700, exist_ok=True)
    (topology.state / "known_hosts").write_text(known_hosts(keys))
    (topology.state / "ssh_config").write_text(config(topology))


def forget(topology: Topology, host: str) -> None:
    """End the shared connection to a host that goes away: it would hang until the next time-out."""
    socket = RUN / topology.name / "cm" / f"{host}-root"
    if socket.exists():
        run("ssh", "-o", f"ControlPath={socket}", "-O", "exit", host, check=False)
        socket.unlink(missing_ok=True)
