"""Hosts inside the user-mode kernel: each a network, PID, mount and UTS namespace with a root of its own.

`up(names)` makes those of topology.yml that a test needs; `Host` has the interface of the lab's (tests/scenarios/host.py), and `call`,
which runs a Python function of the test's own process on the host. See README.md for an example.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import subprocess
import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable

from lab import seed, switch, topology
from lab.system import NETNS, run
from scenarios.host import Host as AnyHost

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
IMAGE = "/mnt/image"  # the cached image, where lab/uml/init.sh left it
HOSTS = Path("/hosts")
KINDS = ("net", "uts", "mnt", "pid")
TOPOLOGY = topology.load(HERE / "topology.yml")

# From the root of a host's overlay to that of its namespaces.
START = """\
set -e
mount -t overlay "$1" -o "lowerdir=$2,upperdir=$3/upper,workdir=$3/work" "$3/root"
cd "$3/root"
mkdir -p mnt/old ."$4" hosts
mount --rbind /dev dev
mount -t sysfs sysfs sys
mount --bind "$4" ."$4"
mount -t tmpfs run run
mount -t tmpfs tmp tmp
hostname "$1"
pivot_root . mnt/old
mount -t proc proc /proc
umount -l /mnt/old
mkdir -p /run/lock
shift 4
exec "$@"
"""


class Host(AnyHost):
    """One host. `run`, `try_`, `start`, `python`, `write`, `status`, `line`, `pid` as the lab's; besides them `call`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.namespace = switch.namespace(TOPOLOGY.name, name)
        self.device = {link.network: link.device for link in TOPOLOGY.hosts[name].links}
        self.address = {link.network: str(link.address.ip) for link in TOPOLOGY.hosts[name].links}
        self.leader = 0

    def command(self, command: str) -> list[str]:
        """The words that run a shell command on the host."""
        return ["nsenter", "-t", str(self.leader), "-a", "-r", "-w", "sh", "-c", command]

    def call(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """What a Python function returns when it runs on the host; AssertionError with its traceback if it raises."""
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            _inside(self.leader, writer, lambda: function(*arguments, **named))
        os.close(writer)
        with open(reader, "rb") as stream:
            answer = stream.read()
        os.waitpid(child, 0)
        good, value = pickle.loads(answer) if answer else (False, "it ended without an answer")
        assert good, f"{self.name}: {function.__name__}: {value}"
        return value

    def up(self) -> None:
        """Start the host's first process, and wait for it."""
        spec = TOPOLOGY.hosts[self.name]
        place = HOSTS / self.name
        for part in ("upper", "work", "root"):
            (place / part).mkdir(parents=True)
        first = (
            ("python3", "-IS", HERE / "pid1.py")
            if spec.layer
            else ("sh", "-c", "touch /run/ready; exec sleep infinity")
        )
        words = ("sh", "-c", START, "start", self.name, IMAGE, place, ROOT, *first)
        inside = (
            *("nsenter", f"--net={NETNS / self.namespace}", "unshare"),
            *("--mount", "--pid", "--uts", "--fork", "--kill-child"),
        )
        log = (place / "console").open("w")
        process = subprocess.Popen(
            [str(word) for word in (*inside, *words)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        deadline = time.monotonic() + 60
        while not (self.leader and Path(f"/proc/{self.leader}/root/run/ready").exists()):
            assert process.poll() is None, (place / "console").read_text()
            assert time.monotonic() < deadline, f"{self.name} does not start: {(place / 'console').read_text()}"
            self.leader = child(process.pid)
            time.sleep(0.02)

    def network(self) -> None:
        """Give the host its addresses, routes and NAT, as its own services do in the lab."""
        spec = TOPOLOGY.hosts[self.name]
        batch = ["link set lo up"]
        for link in spec.links:
            batch += [f"addr add {link.address} dev {link.device}", f"link set {link.device} up"]
        if spec.gateway:
            batch.append(f"route add default via {spec.gateway}")
        batch += [f"route add {net} via {via}" for net, via in spec.routes]
        run("ip", "-n", self.namespace, "-batch", "-", stdin="\n".join(batch) + "\n")
        settings = seed.RP_FILTER + (seed.FORWARD if spec.forward or spec.masquerade else "")
        self.run("sysctl -qw " + " ".join(line.replace(" ", "") for line in settings.splitlines()))
        if spec.masquerade:
            self.write(
                "/etc/nftables.conf", seed.NAT.format(device=spec.masquerade).encode(), "nft -f /etc/nftables.conf"
            )

    def netem(self, network: str, rule: str = "") -> None:
        """Make what the host sends onto a network bad, by words of tc-netem(8); without words good again."""
        device = self.device[network]
        self.run(
            f"tc qdisc del dev {device} root 2>/dev/null; "
            + (f"tc qdisc add dev {device} root netem {rule}" if rule else "true")
        )


def child(parent: int) -> int:
    """The first child of a process, 0 while it has none."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        words = path.read_text().rpartition(")")[2].split()
        if int(words[1]) == parent:
            return int(path.parent.name)
    return 0


def _inside(leader: int, writer: int, what: Callable[[], Any]) -> None:
    """In a child: enter the host's namespaces, have a child of one's own do it, and answer through the pipe."""
    code = 1
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        files = [os.open(f"/proc/{leader}/ns/{kind}", os.O_RDONLY) for kind in KINDS]
        for file in files:
            if libc.setns(file, 0):
                raise OSError(ctypes.get_errno(), "setns")
        child = os.fork()  # only a child is in the PID namespace
        if not child:
            _answer(writer, what)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    finally:
        os._exit(code)


def _answer(writer: int, what: Callable[[], Any]) -> None:
    try:
        answer = (True, what())
    except BaseException:  # noqa: BLE001 - it is told to the caller, whatever it is
        answer = (False, traceback.format_exc())
    with open(writer, "wb") as stream:
        pickle.dump(answer, stream)
        stream.flush()
    os._exit(0)


def up(*names: str) -> dict[str, Host]:
    """Make the hosts of these names, all of the topology without names, and the networks between them."""
    HOSTS.mkdir()
    run("mount", "-t", "tmpfs", "hosts", HOSTS)
    lab = replace(TOPOLOGY, hosts={name: TOPOLOGY.hosts[name] for name in names or TOPOLOGY.hosts})
    switch.up(lab, [])
    hosts = {name: Host(name) for name in lab.hosts}
    for name, host in hosts.items():
        switch.connect(lab, lab.hosts[name])
        host.up()
        host.network()
    return hosts
