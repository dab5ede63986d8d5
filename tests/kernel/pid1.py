"""PID 1 of a host in the kernel lane: starts units from their own files as systemd would, as far as ours ask for it.

Of a unit and its drop-ins it follows Type (notify, oneshot, simple), ConditionPathExists, ExecStartPre, ExecStart,
ExecStartPost, ExecReload, ExecStop, ExecStopPost, Restart, RestartSec, User, Group, RuntimeDirectory and
AmbientCapabilities; dependencies and sandboxing it leaves out. `systemctl` beside this file asks it over a socket. What
units print goes to /var/log/UNIT.log.
"""

from __future__ import annotations

import os
import shlex
import signal
import socket
import sys
import threading
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

SOCKET = "/run/pid1.sock"
FOLDERS = ("/lib/systemd/system", "/etc/systemd/system")
PATIENCE = 90.0  # seconds, systemd's own, for a start and for a stop
ended: dict[int, int] = {}  # pid -> wait status of every process that was reaped
reaped = threading.Condition()


def read(name: str) -> dict[str, list[str]]:
    """Every setting of a unit and its drop-ins with its values; an empty value takes those before it away."""
    found: dict[str, list[str]] = defaultdict(list)
    files = [Path(folder, name) for folder in FOLDERS]
    files += [path for folder in FOLDERS for path in sorted(Path(folder, f"{name}.d").glob("*.conf"))]
    for line in "\n".join(path.read_text() for path in files if path.is_file()).splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith(("#", ";")):
            found[key.strip()] = [*found[key.strip()], value.strip()] if value.strip() else []
    if not found:
        raise LookupError(f"Unit {name} could not be found.")
    return found


class Unit:
    """One unit: its settings as they were at its start, its main process, and whether it is meant to run."""

    def __init__(self, name: str) -> None:
        self.name, self.pid, self.wanted, self.active = name, 0, False, False
        self.settings = read(name)
        self.changing = threading.RLock()

    def last(self, key: str, default: str = "") -> str:
        """The last value of a setting."""
        return (self.settings[key] or [default])[-1]

    def start(self) -> None:
        """Start it unless it runs; TimeoutError or RuntimeError when it does not come up."""
        with self.changing:
            self.wanted = True
            if self.active:
                return
            self.settings = read(self.name)
            conditions = [path for path in self.settings["ConditionPathExists"] if not Path(path).exists()]
            if not conditions:
                self._run()

    def _run(self) -> None:
        self._directory()
        for line in self.settings["ExecStartPre"]:
            self._once(line)
        if self.last("Type") == "oneshot":
            for line in self.settings["ExecStart"]:
                self._once(line)
        else:
            self._main(self.last("ExecStart"))
        self.active = True
        for line in self.settings["ExecStartPost"]:
            self._once(line)

    def _main(self, line: str) -> None:
        """Start the main process; of one that notifies wait for READY=1."""
        path = f"/run/notify.{self.name}.{time.monotonic_ns()}"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(path)
            Path(path).chmod(0o777)
            notify.settimeout(0.2)
            self.pid = self._spawn(line, {"NOTIFY_SOCKET": path} if self.last("Type") == "notify" else {})
            threading.Thread(target=self._watch, args=[self.pid], daemon=True).start()
            deadline = time.monotonic() + PATIENCE
            while self.last("Type") == "notify" and b"READY=1" not in received(notify):
                if self.pid in ended or time.monotonic() > deadline:
                    raise RuntimeError(f"{self.name} did not come up; see /var/log/{self.name}.log")

    def _watch(self, pid: int) -> None:
        """Restart it when its main process ends and nobody stopped it."""
        wait(pid)
        if self.pid != pid or not self.wanted:
            return
        self.pid, self.active = 0, False
        self._all("ExecStopPost")
        while self.wanted and self.last("Restart") in ("always", "on-failure", "on-abnormal") and not self.active:
            time.sleep(float(self.last("RestartSec", "0.1").rstrip("s")))
            with self.changing, suppress(RuntimeError):
                if self.wanted and not self.active:
                    self._run()

    def _directory(self) -> None:
        for name in self.settings["RuntimeDirectory"]:
            folder = Path("/run", name)
            folder.mkdir(exist_ok=True)
            folder.chmod(int(self.last("RuntimeDirectoryMode", "0755"), 8))
            os.system(f"chown {self.last('User', 'root')}:{self.last('Group', 'root')} {folder}")

    def _spawn(self, line: str, environment: dict[str, str]) -> int:
        command = line.lstrip("-+!@")
        full = "+" in line[: len(line) - len(command)]  # with root's privileges, whatever User says
        words = [*([] if full else self._as_user()), *shlex.split(command)]
        pid = os.fork()
        if pid:
            return pid
        output = os.open(f"/var/log/{self.name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.setsid()
        with suppress(OSError):
            os.execvpe(words[0], words, {**os.environ, **environment})
        os._exit(127)

    def _as_user(self) -> list[str]:
        user = self.last("User")
        if not user:
            return []
        keep = ",".join(f"+{name[4:].lower()}" for name in self.last("AmbientCapabilities").split())
        caps = [f"--inh-caps={keep}", f"--ambient-caps={keep}", f"--bounding-set=-all,{keep}"] if keep else []
        group = self.last("Group", user)
        return ["setpriv", f"--reuid={user}", f"--regid={group}", "--init-groups", "--no-new-privs", *caps, "--"]

    def _once(self, line: str, environment: dict[str, str] | None = None) -> None:
        code = wait(self._spawn(line, environment or {}))
        if code and not line.startswith("-"):
            raise RuntimeError(f"{self.name}: {line}: exit {code}; see /var/log/{self.name}.log")

    def stop(self) -> None:
        """Stop it: SIGTERM, and SIGKILL if that does not help."""
        with self.changing:
            self.wanted, pid = False, self.pid
            self._all("ExecStop")
            for number in (signal.SIGTERM, signal.SIGKILL):
                self._signal(pid, number)
            self.pid, self.active = 0, False
            self._all("ExecStopPost")

    @staticmethod
    def _signal(pid: int, number: int) -> None:
        """Send a signal to the main process, while there is one, and wait for its end."""
        if pid and pid not in ended:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            wait(pid, PATIENCE)

    def _all(self, key: str) -> None:
        """Run every line of a setting, whatever comes of it."""
        for line in self.settings[key]:
            self._once(f"-{line}")

    def reload(self) -> None:
        """Run what reloads it."""
        with self.changing:
            for line in self.settings["ExecReload"]:
                self._once(line, {"MAINPID": str(self.pid)})

    def restart(self) -> None:
        """Stop it and start it."""
        self.stop()
        self.start()


def received(notify: socket.socket) -> bytes:
    """What a unit notified within a moment."""
    try:
        return notify.recv(4096)
    except TimeoutError:
        return b""


def wait(pid: int, seconds: float | None = None) -> int:
    """Wait for the end of a child; its wait status."""
    with reaped:
        reaped.wait_for(lambda: pid in ended, seconds)
        return ended.get(pid, -1)


units: dict[str, Unit] = {}


def unit(name: str) -> Unit:
    """The unit of a name with or without suffix."""
    full = name if "." in name else f"{name}.service"
    if full not in units:
        units[full] = Unit(full)
    return units[full]


def answer(words: list[str]) -> tuple[int, str]:
    """Do what `systemctl WORDS` asks; its exit code and output."""
    verb, flags = words[0], [word for word in words[1:] if word.startswith("-")]
    names = [word for word in words[1:] if not word.startswith("-")]
    try:
        if verb == "is-active":
            states = [unit(name).active for name in names]
            return (0 if all(states) else 3), "\n".join("active" if each else "inactive" for each in states)
        if verb == "show" and "--property=MainPID" in flags:
            return 0, str(unit(names[0]).pid)
        if verb in ("start", "stop", "restart", "reload"):
            for name in names:
                getattr(unit(name), verb)()
    except (LookupError, RuntimeError, OSError) as error:
        return 1, str(error)
    return 0, ""  # also for enable, disable, daemon-reload: files are read at every start


def serve(client: socket.socket) -> None:
    """Answer one request."""
    with client, client.makefile("rw") as stream:
        code, said = answer(stream.readline().split())
        stream.write(f"{code}:{said}")


def accept(server: socket.socket) -> None:
    """Answer requests, each in a thread of its own."""
    while True:
        client, _address = server.accept()
        threading.Thread(target=serve, args=[client], daemon=True).start()


def main() -> None:
    """Listen, then reap for ever."""
    os.environ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(SOCKET)
    server.listen(64)
    threading.Thread(target=accept, args=[server], daemon=True).start()
    if not os.fork():
        os.execlp("sleep", "sleep", "infinity")  # so that there is always a child to wait for
    Path("/run/ready").touch()
    while True:
        pid, status = os.wait()
        with reaped:
            ended[pid] = os.waitstatus_to_exitcode(status)
            reaped.notify_all()


if __name__ == "__main__":
    sys.exit(main())
