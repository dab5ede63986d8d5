"""The trees that hosts stand on: a Debian base and layers of packages over it, cached outside the checkout.

A tree's folder is named for a hash of its recipe, so a changed recipe makes a new tree and nothing is ever rebuilt in
place. Hosts use them read-only, as the lower folders of their overlays.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab import apt
from lab.system import LabError, step
from lab.topology import Topology

CACHE = Path(os.environ.get("BRANCHLINE_CACHE", "/var/cache/branchline")) / "images"
PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "kmod", "procps", "netbase", "ifupdown", "iproute2"),  # a Debian host
    *("openssh-server", "python3", "python3-apt", "sudo", "ca-certificates"),  # that Ansible can manage
    *("nftables", "iputils-ping", "tcpdump", "socat", "curl", "iperf3", "less"),  # and a person can look at
)
DPKG = (
    *("path-exclude=/usr/share/man/*", "path-exclude=/usr/share/doc/*", "path-include=/usr/share/doc/*/copyright"),
    *("path-exclude=/usr/share/locale/*", "force-unsafe-io"),
)
# A tree must hold no identity (machine-id, host keys) and no job that wakes up by itself in the middle of a test.
FINISH = """\
set -e
cd "$1"
rm -f etc/ssh/ssh_host_* var/lib/dbus/machine-id etc/systemd/system/timers.target.wants/*
: > etc/machine-id
ln -s /etc/machine-id var/lib/dbus/machine-id
rm -f etc/resolv.conf
: > etc/resolv.conf
printf 'MaxSessions 100\\nMaxStartups 100\\n' > etc/ssh/sshd_config.d/lab.conf
chroot . apt-get clean
chroot . apt-cache gencaches -q
"""
LAYER = """\
set -e
lower=$1; upper=$2; work=$3; merged=$4; disable=$5; shift 5
mount -t overlay layer -o "lowerdir=$lower,upperdir=$upper,workdir=$work" "$merged"
mount -t proc proc "$merged/proc"
mount --rbind /dev "$merged/dev"
mount --bind /etc/resolv.conf "$merged/etc/resolv.conf"
mount --bind /etc/hosts "$merged/etc/hosts"
printf '#!/bin/sh\\nexit 101\\n' > "$merged/usr/sbin/policy-rc.d"
chmod 755 "$merged/usr/sbin/policy-rc.d"
export DEBIAN_FRONTEND=noninteractive DEBCONF_NOWARNINGS=yes LC_ALL=C
install() { chroot "$merged" apt-get install -y -qq --no-install-recommends "$@"; }
install "$@" || { chroot "$merged" apt-get update -qq && install "$@"; }
for unit in $disable; do chroot "$merged" systemctl disable -q "$unit"; done
rm "$merged/usr/sbin/policy-rc.d"
rm -f "$merged"/etc/systemd/system/timers.target.wants/*
chroot "$merged" apt-get clean
chroot "$merged" apt-cache gencaches -q
"""


# Every program that builds dies with this one, whatever kills it, and no mount is left behind: a half-made tree is
# removed later, and must not have this machine's /dev or /proc in it.
PRIVATE = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"),
)


def key(*recipe: object) -> str:
    """Short hash of a recipe."""
    return hashlib.sha256(json.dumps(recipe, default=str).encode()).hexdigest()[:16]


def build(*args: object) -> None:
    """Run a program that builds: its progress (stderr) is shown, its chatter (stdout) only when it fails."""
    with tempfile.TemporaryFile("w+") as chatter:
        words = [*PRIVATE, *(str(arg) for arg in args)]
        done = subprocess.run(words, check=False, stdin=subprocess.DEVNULL, stdout=chatter)
        if done.returncode:
            chatter.seek(0)
            sys.stderr.write("".join(deque(chatter, maxlen=30)))
            raise LabError(f"{args[0]}: exit {done.returncode}; its words are above")


@contextmanager
def fresh(tree: Path) -> Iterator[Path]:
    """A folder to build in, which becomes `tree` only when all went well."""
    part = tree.with_name(tree.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    yield part
    part.rename(tree)


def base(sources: apt.Sources) -> Path:
    """The base tree, made with mmdebstrap when it is not in the cache."""
    tree = CACHE / f"base-{key(apt.SUITE, PACKAGES, DPKG, FINISH, sources)}"
    if tree.exists():
        return tree
    with step(f"making the base image, Debian {apt.SUITE} in {tree}", "a minute"), fresh(tree) as part:
        part.chmod(0o755)
        options = [f'--aptopt={name} "{value}"' for name, value in sources.options]
        options += ['--aptopt=Acquire::Languages "none"', *(f"--dpkgopt={option}" for option in DPKG)]
        options += ["--variant=apt", "--skip=cleanup/apt/lists", f"--include={','.join(PACKAGES)}"]
        build("mmdebstrap", "--mode=root", *options, apt.SUITE, part, *sources.lines)
        (part / "etc/apt/sources.list").write_text("\n".join(sources.lines) + "\n")
        (part / "etc/apt/apt.conf.d/90lab").write_text(sources.conf + 'Acquire::Languages "none";\n')
        build("sh", "-c", FINISH, "finish", part)
    return tree


def layer(topology: Topology, name: str, lowers: list[Path]) -> Path:
    """One layer's tree over `lowers` (topmost first)."""
    spec = topology.layers[name]
    tree = CACHE / f"layer-{name}-{key(spec.packages, spec.disable, LAYER, lowers[0].name)}"
    if tree.exists():
        return tree
    with step(f"making the layer {name}: {' '.join(spec.packages)}", "some seconds"), fresh(tree) as part:
        part.chmod(0o755)
        side = tree.with_name(tree.name + ".side")
        shutil.rmtree(side, ignore_errors=True)
        for folder in ("work", "merged"):
            (side / folder).mkdir(parents=True)
        trees = (":".join(map(str, lowers)), part, side / "work", side / "merged")
        build("sh", "-c", LAYER, "layer", *trees, " ".join(spec.disable), *spec.packages)
        shutil.rmtree(side)
    return tree


@contextmanager
def locked() -> Iterator[None]:
    """Keep two builds of one tree apart."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def trees(topology: Topology, sources: apt.Sources) -> dict[str | None, list[Path]]:
    """Lower folders for each layer of the topology, topmost first; None is the bare base."""
    with locked():
        found: dict[str | None, list[Path]] = {None: [base(sources)]}
        for name, spec in topology.layers.items():
            lowers = found[spec.over]
            found[name] = [layer(topology, name, lowers), *lowers]
    return found
