"""Namespaces and mounts by system call: a process is dear in the user-mode kernel, a call is not."""

from __future__ import annotations

import ctypes
import os
import pickle
import traceback
from pathlib import Path
from typing import Any, Callable

LIBC = ctypes.CDLL(None, use_errno=True)
NEWNS, NEWUTS, NEWPID, NEWNET = 0x00020000, 0x04000000, 0x20000000, 0x40000000  # linux/sched.h
BIND, REC, PRIVATE, DETACH = 0x1000, 0x4000, 1 << 18, 2  # linux/mount.h
PIVOT_ROOT = 155  # asm/unistd_64.h
KINDS = ("net", "uts", "mnt", "pid")


def called(name: str, *arguments: Any) -> None:
    """Call a function of libc; OSError when it returns an error."""
    words = [argument.encode() if isinstance(argument, str) else argument for argument in arguments]
    if getattr(LIBC, name)(*words) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}{arguments}: {os.strerror(number)}")


def mount(kind: str, source: str, target: Path | str, options: str = "", flags: int = 0) -> None:
    """Mount a file system of a kind, or bind."""
    called("mount", source, str(target), kind or None, ctypes.c_ulong(flags), options or None)


def enter(*files: str) -> None:
    """Enter the namespaces that these files stand for."""
    for file in [os.open(path, os.O_RDONLY | os.O_CLOEXEC) for path in files]:  # all before /proc is another one
        called("setns", file, 0)
        os.close(file)


def first(name: str, root: Callable[[], None], run: Callable[[], Any], log: Path) -> int:
    """Start a process that is PID 1 of new namespaces; its id as seen from here.

    `root` makes its root and enters it, `run` is what it does.
    """
    reader, writer = os.pipe()
    middle = os.fork()
    if not middle:
        try:
            called("unshare", NEWNS | NEWUTS | NEWPID | NEWNET)
            child = os.fork()
            if not child:
                _begin(name, root, run, log)
            os.write(writer, str(child).encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(middle, 0)
    with os.fdopen(reader) as stream:
        return int(stream.read() or 0)


def _begin(name: str, root: Callable[[], None], run: Callable[[], Any], log: Path) -> None:
    try:
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(output, stream)
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        os.closerange(3, 1024)
        os.setsid()
        mount("", "none", "/", "", REC | PRIVATE)
        called("sethostname", name, len(name))
        root()
        run()
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(1)


def enter_root(place: str) -> None:
    """Make a mounted tree the root; the one before is gone."""
    os.chdir(place)
    Path("mnt/old").mkdir()
    called("syscall", PIVOT_ROOT, ".", "mnt/old")
    os.chdir("/")
    mount("proc", "proc", "/proc")
    called("umount2", "/mnt/old", DETACH)


def inside(leader: int, what: Callable[[], Any]) -> tuple[bool, Any]:
    """Do something in the namespaces of a process; (True, its result) or (False, its traceback)."""
    reader, writer = os.pipe()
    middle = os.fork()
    if not middle:
        os.close(reader)
        _answer(writer, lambda: _child(leader, writer, what))
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        answer = stream.read()
    os.waitpid(middle, 0)
    return pickle.loads(answer) if answer else (False, "it ended without an answer")


def _child(leader: int, writer: int, what: Callable[[], Any]) -> None:
    """Enter the namespaces; only a child is then in the PID namespace, and it is the one that answers."""
    enter(*(f"/proc/{leader}/ns/{kind}" for kind in KINDS))
    child = os.fork()
    if not child:
        _answer(writer, what)
    os.waitpid(child, 0)
    os._exit(0)


def _answer(writer: int, what: Callable[[], Any]) -> None:
    """Write what comes of it to the pipe, and end."""
    try:
        try:
            answer = pickle.dumps((True, what()))
        except BaseException:
            answer = pickle.dumps((False, traceback.format_exc()))
        with os.fdopen(writer, "wb") as stream:
            stream.write(answer)
    finally:
        os._exit(0)
