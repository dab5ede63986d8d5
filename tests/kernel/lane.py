"""Hosts inside the user-mode kernel: each a network, PID, mount and UTS namespace with a root of its own.

`up(names)` makes those of topology.yml that a test needs. `Host` has the interface of the lab's, scenarios/host.py, and
besides it `call`, which runs a Python function of the test's own process on the host, and `netem`.
"""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any, Callable

import namespaces
import pid1
from ansible_collections.branchline.l2tp.plugins.module_utils import control
from scenarios.host import Host as AnyHost

from lab import seed, switch, topology
from lab.system import run

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
IMAGE = "/mnt/image"  # the cached image, where lab/uml/init.sh left it
HOSTS = Path("/hosts")
TOPOLOGY = topology.load(HERE / "topology.yml")


class Host(AnyHost):
    """One host of the topology; `device` and `address` are those of its networks by name."""

    def __init__(self, name: str) -> None:
        self.name, self.spec = name, TOPOLOGY.hosts[name]
        self.device = {link.network: link.device for link in self.spec.links}
        self.address = {link.network: str(link.address.ip) for link in self.spec.links}
        self.leader = 0

    def command(self, command: str) -> list[str]:
        """Return the words that run a shell command on the host."""
        return ["nsenter", "-t", str(self.leader), "-m", "-u", "-n", "-p", "-r", "-w", "sh", "-c", command]

    def call(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """What a Python function returns when it runs on the host; AssertionError with its traceback if it raises."""
        good, value = namespaces.inside(self.leader, lambda: function(*arguments, **named))
        assert good, f"{self.name}: {function.__name__}: {value}"
        return value

    def status(self) -> dict[str, Any]:
        """Return the engine's status, from its socket: its command takes a second here."""
        return self.call(control.call, "status")

    def log(self) -> str:
        """What the engine and charon have logged."""
        return self.try_("cat /var/log/branchline.service.log /var/log/charon.log").stdout

    def up(self) -> None:
        """Start the host's first process, and wait for it."""
        place = HOSTS / self.name
        for part in ("upper", "work", "root"):
            (place / part).mkdir(parents=True)
        work = pid1.main if self.spec.layer else _nothing
        log = place / "console"
        self.leader = namespaces.first(self.name, lambda: self._root(place), work, log)
        deadline = time.monotonic() + 60
        while not Path(f"/proc/{self.leader}/root/run/ready").exists():
            assert time.monotonic() < deadline, f"{self.name} does not start: {log.read_text()}"
            time.sleep(0.02)

    def _root(self, place: Path) -> None:
        """In the host's first process: its overlay, and what is mounted in it."""
        root = place / "root"
        options = f"lowerdir={IMAGE},upperdir={place / 'upper'},workdir={place / 'work'}"
        namespaces.mount("overlay", self.name, root, options)
        checkout = root / ROOT.relative_to("/")
        checkout.mkdir(parents=True, exist_ok=True)
        namespaces.mount("", str(ROOT), checkout, "", namespaces.BIND | namespaces.REC)
        namespaces.mount("", "/dev", root / "dev", "", namespaces.BIND | namespaces.REC)
        namespaces.mount("sysfs", "sysfs", root / "sys")
        for name in ("run", "tmp"):
            namespaces.mount("tmpfs", name, root / name)
        (root / "tmp").chmod(0o1777)
        (root / "run/lock").mkdir()
        namespaces.enter_root(str(root))

    def network(self) -> None:
        """Give the host its addresses, routes and NAT, as its own services do in the lab."""
        batch = ["link set lo up"]
        for link in self.spec.links:
            batch += [f"addr add {link.address} dev {link.device}", f"link set {link.device} up"]
        if self.spec.gateway:
            batch.append(f"route add default via {self.spec.gateway}")
        batch += [f"route add {net} via {via}" for net, via in self.spec.routes]
        run("nsenter", "-t", self.leader, "-n", "ip", "-batch", "-", stdin="\n".join(batch) + "\n")
        settings = seed.RP_FILTER + (seed.FORWARD if self.spec.forward or self.spec.masquerade else "")
        self.call(_sysctl, settings)
        if self.spec.masquerade:
            self.write(
                "/etc/nftables.conf", seed.NAT.format(device=self.spec.masquerade).encode(), "nft -f /etc/nftables.conf"
            )

    def netem(self, network: str, rule: str = "") -> None:
        """Make what the host sends onto a network bad, by words of tc-netem(8); without words good again."""
        verb = (
            f"replace dev {self.device[network]} root netem {rule}" if rule else f"del dev {self.device[network]} root"
        )
        self.run(f"tc qdisc {verb}")


def _nothing() -> None:
    """What the first process of a host without units does."""
    Path("/run/ready").touch()
    while True:
        signal.pause()


def _sysctl(settings: str) -> None:
    """Apply the lines of a sysctl.conf."""
    for line in settings.splitlines():
        name, _equals, value = line.partition(" = ")
        Path("/proc/sys", name.replace(".", "/")).write_text(value)


def up(*names: str) -> dict[str, Host]:
    """Make the hosts of these names, all of the topology without names, and the networks between them."""
    HOSTS.mkdir()
    run("mount", "-t", "tmpfs", "hosts", HOSTS)
    hosts = {name: Host(name) for name in names or TOPOLOGY.hosts}
    for host in hosts.values():
        host.up()
    run("ip", "-batch", "-", stdin="\n".join(_wires(hosts)) + "\n")
    for host in hosts.values():
        host.network()
    return hosts


def _wires(hosts: dict[str, Host]) -> list[str]:
    """What ip(8) is to do: a bridge for each network, and the hosts' cards plugged into them."""
    links = [(host, number, link) for host in hosts.values() for number, link in enumerate(host.spec.links)]
    batch = []
    for network in dict.fromkeys(link.network for _host, _number, link in links):
        batch += [f"link add {network} type bridge", f"link set {network} up"]
    for host, number, link in links:
        port, address = f"{host.name}.{number}", switch.mac(TOPOLOGY.name, host.name, link.device)
        batch += [f"link add {port} type veth peer name {link.device} address {address} netns {host.leader}"]
        batch += [f"link set {port} master {link.network} up"]
    return batch
