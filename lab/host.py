"""One host: its tree, its start and reboots, its end."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

from lab import cgroup, seed, ssh, switch
from lab.system import NETNS, LabError, run, spawn
from lab.topology import Host, Topology

TREES = Path(os.environ.get("BRANCHLINE_LAB_DIR", "/var/lib/branchline-lab"))
REBOOT = 133  # systemd-nspawn's exit code when the host asked for a reboot
HOST_KEY = "etc/ssh/ssh_host_ed25519_key"
# /proc/sys/net must be writable; the machine's lock and registry of containers may not exist.
ENVIRONMENT = {
    "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1",
    "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network",
    "SYSTEMD_NSPAWN_LOCK": "0",
}
# Its own mount namespace, with a tmpfs where nspawn cleans up: /run itself may be on a disk.
PRIVATE = ("unshare", "--mount", "--propagation", "slave", "sh", "-c")
MOUNTED = 'mkdir -p /run/systemd/nspawn && mount -t tmpfs nspawn /run/systemd/nspawn && exec "$@"'
FLAGS = (
    *("-q", "--register=no", "--keep-unit", "--boot", "--console=pipe"),
    *("--resolv-conf=off", "--timezone=off", "--link-journal=no"),
    "--capability=CAP_NET_ADMIN,CAP_NET_RAW,CAP_SYS_ADMIN",  # never CAP_SYS_TIME: the clock is the whole machine's
)
TUN = os.makedev(10, 200)


def folder(topology: Topology, name: str) -> Path:
    """Where a host's tree and console log are."""
    return TREES / topology.name / name


def device(topology: Topology) -> Path:
    """The lab's own node of /dev/net/tun, for everybody as udev makes it: the machine's may be root's alone."""
    path = TREES / topology.name / "tun"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        os.mknod(path, stat.S_IFCHR | 0o666, TUN)
        path.chmod(0o666)
    return path


def leader(topology: Topology, name: str) -> int | None:
    """The process of this machine that is the host's PID 1; None when it does not run."""
    depth = len(namespaced(os.getpid()))
    for pid in sorted(cgroup.processes(topology.name, name)):
        ids = namespaced(pid)
        if len(ids) == depth + 1 and ids[-1] == 1:
            return pid
    return None


def namespaced(pid: int) -> list[int]:
    """A process' ids, from this machine's namespace inwards; empty when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return []
    return [int(word) for line in status.splitlines() if line.startswith("NSpid:") for word in line.split()[1:]]


def inside(pid: int, *args: str) -> str:
    """Run a program inside a running host, for half a minute at most.

    A host that shuts down stops every process in it for a moment. nsenter stops itself when its child is stopped, and
    nobody would wake it: timeout is the parent, which only waits.
    """
    enter = ("nsenter", "-t", pid, "-m", "-u", "-i", "-n", "-p", "-r", "-w", "--no-fork")
    return run(*enter, "timeout", "30", *args, check=False).strip()


def differs(file: Path, *facts: object) -> bool:
    """Whether `facts` are others than those that `remember` wrote to the file."""
    return not file.exists() or file.read_text() != digest(*facts)


def remember(file: Path, *facts: object) -> None:
    """Keep a digest of `facts`."""
    file.write_text(digest(*facts))


def digest(*facts: object) -> str:
    """A short text that is another one for other facts."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def mount(topology: Topology, name: str, lowers: list[Path]) -> Path:
    """Mount the host's overlay, unless it is; returns its root."""
    own = folder(topology, name)
    for part in ("upper", "work", "root"):
        (own / part).mkdir(parents=True, exist_ok=True)
    root = own / "root"
    if not root.is_mount():
        lower = ":".join(str(path) for path in lowers)
        options = f"lowerdir={lower},upperdir={own / 'upper'},workdir={own / 'work'}"
        run("mount", "-t", "overlay", switch.namespace(topology.name, name), "-o", options, root)
    return root


def plant(topology: Topology, host: Host, root: Path, mirrors: dict[str, str]) -> None:
    """Write what makes this tree this host."""
    for path, text in seed.files(host, mirrors).items():
        (root / path).write_text(text)
    wants = root / "etc/systemd/system/sysinit.target.wants/nftables.service"
    if host.masquerade and not wants.is_symlink():
        wants.symlink_to("/lib/systemd/system/nftables.service")
    ssh.keygen(root / HOST_KEY, f"root@{host.name}")
    keys = root / "root/.ssh/authorized_keys"
    keys.parent.mkdir(mode=0o700, exist_ok=True)
    keys.write_text((topology.state / "id_ed25519.pub").read_text())


def up(topology: Topology, host: Host, lowers: list[Path], mirrors: dict[str, str]) -> bool:
    """Start a host that does not run, or runs as another topology or key said; True when it did.

    A host keeps its tree, unless what lies beneath the tree is another image by now.
    """
    own, key = folder(topology, host.name), (topology.state / "id_ed25519.pub").read_text()
    if differs(own / "image", lowers):
        remove(topology, host.name)
    started = (host, sorted(mirrors.items()), key, command(topology, host.name))
    if not differs(own / "started", *started) and leader(topology, host.name):
        return False
    halt(topology, host.name)
    root = mount(topology, host.name, lowers)
    remember(own / "image", lowers)
    plant(topology, host, root, mirrors)
    switch.connect(topology, host)
    start(topology, host.name)
    remember(own / "started", *started)
    return True


def start(topology: Topology, name: str) -> None:
    """Start the host's supervisor, which starts the host."""
    words = (sys.executable, "-m", "lab", "supervise", topology.path, name)
    log = folder(topology, name) / "console.log"
    spawn(cgroup.entering(topology.name, name, *words), log, cwd=Path(__file__).parent.parent)


def command(topology: Topology, name: str) -> list[str]:
    """The command that runs a host."""
    fq = switch.namespace(topology.name, name)
    own = ("-D", folder(topology, name) / "root", f"--machine={fq}", f"--hostname={name}")
    outside = (f"--network-namespace-path={NETNS / fq}", f"--bind={device(topology)}:/dev/net/tun")
    return [str(word) for word in (*PRIVATE, MOUNTED, "sh", "systemd-nspawn", *FLAGS, *own, *outside)]


def supervise(topology: Topology, host: Host) -> None:
    """Stay with a host until it powers off; after a reboot start it again, with new cards as a real one would have."""
    words = command(topology, host.name)
    while subprocess.run(words, check=False, env=os.environ | ENVIRONMENT).returncode == REBOOT:
        ssh.forget(topology, host.name)
        switch.connect(topology, host)


def wait(topology: Topology, name: str, deadline: float) -> str:
    """Wait until the host has booted; returns systemd's word for it, `running` or `degraded`."""
    word = ""
    while time.monotonic() < deadline:
        pid = leader(topology, name)
        word = inside(pid, "systemctl", "is-system-running") if pid else "no PID 1"
        if word in ("running", "degraded"):
            return word
        time.sleep(0.1)
    raise LabError(f"host {name} did not boot ({word}); its console: {folder(topology, name) / 'console.log'}")


def status(topology: Topology, name: str) -> dict[str, object]:
    """Whether the host runs, its PID 1 and what systemd says of it."""
    pid = leader(topology, name)
    word = inside(pid, "systemctl", "is-system-running") if pid else "down"
    failed = inside(pid, "systemctl", "list-units", "--failed", "--plain", "--no-legend", "-q") if pid else ""
    units = [line.split()[0] for line in failed.splitlines()]
    return {"up": pid is not None, "pid": pid, "state": word or "booting", "failed": units}


def public_key(topology: Topology, name: str) -> str | None:
    """The host's ssh key, when it has one by now."""
    path = folder(topology, name) / "upper" / f"{HOST_KEY}.pub"
    return path.read_text() if path.exists() else None


def halt(topology: Topology, name: str) -> bool:
    """End every process of the host."""
    ssh.forget(topology, name)
    killed = cgroup.kill(topology.name, name)
    left = cgroup.processes(topology.name, name)
    if left:
        raise LabError(f"processes of {name} do not end: {sorted(left)}")
    return killed


def remove(topology: Topology, name: str) -> None:
    """End a host and remove its tree."""
    halt(topology, name)
    cgroup.remove(topology.name, name)
    root = folder(topology, name) / "root"
    if root.is_mount():
        run("umount", root)
    shutil.rmtree(folder(topology, name), ignore_errors=True)
