"""Running a command in the user-mode kernel: boot, carry out what it prints and its exit code, end in time.

The kernel's root is the image's layers, read-only, seen through hostfs; what is written inside goes to a tmpfs and is
gone at the end, but for the folder `exchange`. The checkout is at its own path, read-only. Everything that runs is in a
PID namespace of its own that dies with its first process, in whatever way that ends.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer

from lab.uml import watch

ROOT = Path(__file__).resolve().parents[2]
INIT = Path(__file__).with_name("init.sh")
NO_CODE = 125  # the kernel ended without telling the command's exit code
# In virtual time the clock goes on while anything computes, and jumps ahead when all sleep: no wait costs any time of
# a test. (In time-travel=inf-cpu it would stand still meanwhile, and the scheduler's with it: who spins for a lock, as
# charon does, spins for ever.)
CLOCKS = {"virtual": ("time-travel",), "wall": ()}
ISOLATED = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"),
)
MOUNT = """\
set -e
mount -t overlay image -o "lowerdir=$1" "$2"
mount -t tmpfs memory "$3"
export TMPDIR=$3
shift 3
"$@" </dev/null &
trap 'kill -TERM $!' TERM
wait $!
"""


@dataclass(frozen=True)
class Machine:
    """What to boot: the kernel's file, the image's layers (topmost first), memory, clock, and a bound in seconds."""

    kernel: Path
    layers: tuple[Path, ...]
    clock: str = "virtual"
    memory: str = "768M"
    seconds: float = 900.0
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """How it ended: the command's exit code, or NO_CODE; the kernel's console; files left in the exchange folder.

    `stuck` is where the kernel stood when it did not answer any more, empty when it did.
    """

    code: int
    console: str
    files: dict[str, bytes] = field(default_factory=dict, repr=False)
    timed_out: bool = False
    stuck: str = ""


def run(machine: Machine, command: list[str], said: Callable[[bytes], object]) -> Result:
    """Boot, run `command` in the checkout, hand over what it prints as it comes, power off."""
    with tempfile.TemporaryDirectory(prefix="branchline-uml-") as folder:
        return _run(machine, command, said, Path(folder))


def _run(machine: Machine, command: list[str], said: Callable[[bytes], object], folder: Path) -> Result:
    for name in ("root", "memory", "exchange", "uml", "seed"):
        (folder / name).mkdir()
    exchange = folder / "exchange"
    (exchange / "command").write_text(shlex.join(command) + "\n")
    _seed(folder / "seed", exchange)
    reader, writer = os.pipe()
    with (folder / "console").open("wb") as console:
        process = subprocess.Popen(
            _words(machine, folder, writer), stdout=console, stderr=console, pass_fds=[writer], start_new_session=True
        )
    os.close(writer)
    mconsole, stuck = folder / "uml/branchline/mconsole", []
    late = Timer(machine.seconds, _give_up, [process, mconsole])
    late.start()

    def standing() -> None:
        stuck.append(watch.where(folder))
        _end(process)

    alive = watch.Watch(mconsole, folder / "asking", standing)
    alive.start()
    try:
        with os.fdopen(reader, "rb", buffering=0) as output:
            while piece := output.read(65536):
                said(piece)
        process.wait()
    finally:
        timed_out = not late.is_alive()
        late.cancel()
        alive.close()
        _end(process)
    files = {path.name: path.read_bytes() for path in exchange.iterdir() if path.is_file()}
    code = int(files.get("code", b"").strip() or NO_CODE)
    return Result(code, (folder / "console").read_text(errors="replace"), files, timed_out, "".join(stuck))


def _seed(seed: Path, exchange: Path) -> None:
    """The layer above the image: PID 1, and somewhere to mount."""
    for place in (ROOT, exchange):
        (seed / place.relative_to("/")).mkdir(parents=True, exist_ok=True)
    (seed / "init.sh").write_bytes(INIT.read_bytes())
    (seed / "init.sh").chmod(0o755)
    seed.chmod(0o755)


def _words(machine: Machine, folder: Path, output: int) -> list[str]:
    lower = ":".join(map(str, (folder / "seed", *machine.layers)))
    kernel = (
        *(machine.kernel, f"mem={machine.memory}", "umid=branchline", f"uml_dir={folder / 'uml'}"),
        *("rootfstype=hostfs", f"rootflags={folder / 'root'}", "ro", "init=/init.sh", "quiet", "panic=-1"),
        *("con=null", "con0=null,fd:1", f"con1=null,fd:{output}"),
        *(f"CHECKOUT={ROOT}", f"EXCHANGE={folder / 'exchange'}"),
        *(*CLOCKS[machine.clock], *machine.arguments),
    )
    return [
        str(word) for word in (*ISOLATED, "sh", "-c", MOUNT, "boot", lower, folder / "root", folder / "memory", *kernel)
    ]


def _give_up(process: subprocess.Popen[bytes], mconsole: Path) -> None:
    """Have the kernel tell what runs, on its console, and end it."""
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asking:
        for keys in (b"sysrq p", b"sysrq w"):  # registers, and who is blocked
            asking.sendto(watch.request(keys), str(mconsole))
            time.sleep(1)
    _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM first; then the end of the PID namespace, which nothing in it survives."""
    for number, patience in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 10.0)):
        if process.poll() is None:
            process.send_signal(number)
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
