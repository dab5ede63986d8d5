"""A user-mode kernel that does not answer any more is noticed; one that answers is left alone."""

from __future__ import annotations

import socket
import subprocess
from threading import Event, Thread

import pytest

from lab.uml.watch import Watch, request, where


@pytest.fixture
def console(tmp_path):
    """Return the path of a management console, and the event that has it fall silent."""
    place, silent = tmp_path / "mconsole", Event()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(place))
        listening.settimeout(0.1)

        def answer():
            while not silent.is_set():
                try:
                    asked, asker = listening.recvfrom(4096)
                except TimeoutError:
                    continue
                assert asked == request(b"version")
                listening.sendto(b"OK", asker)

        thread = Thread(target=answer)
        thread.start()
        yield place, silent
        silent.set()
        thread.join()


def test_a_kernel_that_falls_silent_is_noticed(console, tmp_path):
    place, silent = console
    noticed = Event()
    watch = Watch(place, tmp_path / "asking", noticed.set, patience=1.0)
    watch.start()
    assert not noticed.wait(2.0)
    silent.set()
    assert noticed.wait(5.0)
    watch.close()
    assert watch.stuck


def test_where_it_stands_is_told(tmp_path):
    with subprocess.Popen(["sh", "-c", "echo; while :; do :; done", str(tmp_path)], stdout=subprocess.PIPE) as busy:
        try:
            busy.stdout.readline()
            told = where(tmp_path)
        finally:
            busy.kill()
    assert told.startswith(f"process {busy.pid}: ")
    assert int(told.split()[2]) > 5
    assert "wchan: " in told
