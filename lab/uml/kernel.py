"""The kernel: built once from Debian's linux-source for ARCH=um, cached outside the checkout.

Its folder is named for a hash of the sources' version and of `kernel.config`, so a change of either makes a new one.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.image import PRIVATE, fresh, key
from lab.system import LabError, run, say, step

CACHE = Path(os.environ.get("BRANCHLINE_CACHE", "/var/cache/branchline"))
SOURCE = "linux-source-6.1"
FRAGMENT = Path(__file__).with_name("kernel.config")
EVERY = 30.0  # seconds between two words about a build that goes on
# 6.1 keeps 2,696 bytes for a process' floating-point registers, and stops at the first one on a CPU with AMX.
REGISTERS = "DEFINE_LONGS(HOST_FP_SIZE, 12288)"
BUILD = f"""\
set -e
tar -xf "$1" --strip-components=1 -C "$2"
cd "$2"
sed -i 's/DEFINE_LONGS(HOST_FP_SIZE, 2696)/{REGISTERS}/' arch/x86/um/user-offsets.c
grep -qF '{REGISTERS}' arch/x86/um/user-offsets.c
make -s ARCH=um x86_64_defconfig
scripts/kconfig/merge_config.sh -m .config "$3"
make -s ARCH=um olddefconfig
"""
COMPILE = 'cd "$1" && make ARCH=um -j"$(nproc)" linux && strip linux'
GENTLE = (*PRIVATE, "nice", "-n", "10")  # it dies with us, and tests run meanwhile


def version() -> str:
    """Of the sources that are installed."""
    try:
        return run("dpkg-query", "-W", "-f", "${Version}", SOURCE)
    except LabError:
        raise LabError(f"no {SOURCE}: `lab/setup kernel` installs what the kernel is built from") from None


def folder() -> Path:
    """Where the kernel is, or will be: `linux`, and the `config` that it was built with."""
    return CACHE / f"uml-{key(SOURCE, version(), FRAGMENT.read_text(), BUILD, COMPILE)}"


def refused(wanted: str, config: str) -> list[str]:
    """The lines of a fragment that a kernel's configuration does not hold."""
    have, missing = set(config.splitlines()), []
    for line in wanted.splitlines():
        unset = re.fullmatch(r"# (CONFIG_\w+) is not set", line)
        if unset and any(other.startswith(f"{unset[1]}=") for other in have):
            missing.append(line)
        if line.startswith("CONFIG_") and line not in have:
            missing.append(line)
    return missing


@contextmanager
def locked() -> Iterator[None]:
    """One build at a time; who comes second waits for it and finds the kernel."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "uml.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for the kernel that another process builds")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build() -> Path:
    """The kernel's folder; LabError with the end of the log when it cannot be built."""
    with locked():
        tree = folder()
        if tree.exists():
            return tree
        with step(f"building the user-mode kernel in {tree}", "4-6 minutes on two cores"), fresh(tree) as part:
            _make(part)
        return tree


def _make(part: Path) -> None:
    """Configure and compile in a folder beside `part`, and keep what is needed."""
    sources, log = part.with_name(part.name + ".src"), part / "build.log"
    shutil.rmtree(sources, ignore_errors=True)
    sources.mkdir()
    part.chmod(0o755)
    _shell(log, BUILD, Path(f"/usr/src/{SOURCE}.tar.xz"), sources, FRAGMENT)
    missing = refused(FRAGMENT.read_text(), (sources / ".config").read_text())
    if missing:
        raise LabError(f"the kernel's Kconfig does not take these lines of {FRAGMENT}: {', '.join(missing)}")
    _shell(log, COMPILE, sources)
    shutil.copy2(sources / "linux", part / "linux")
    shutil.copy2(sources / ".config", part / "config")
    shutil.rmtree(sources)


def _shell(log: Path, script: str, *args: Path) -> None:
    """Run a script whose output goes to `log`; tell from time to time how far it is."""
    words = [*GENTLE, "sh", "-c", script, "build", *map(str, args)]
    with log.open("a") as output:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    begun = told = time.monotonic()
    while process.poll() is None:
        time.sleep(0.2)
        if time.monotonic() - told > EVERY:
            told = time.monotonic()
            say(f"the kernel: {_compiled(log)} files compiled in {told - begun:.0f} s")
    if process.returncode:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
        raise LabError(f"the kernel was not built, exit {process.returncode}:\n{tail}")


def _compiled(log: Path) -> int:
    return sum(line.lstrip().startswith(("CC ", "AR ", "AS ")) for line in log.read_text(errors="replace").splitlines())
