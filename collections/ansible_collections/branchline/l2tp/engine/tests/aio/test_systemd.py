"""sd_notify(3): what the service manager hears, and no harm where nobody listens."""

from __future__ import annotations

import os
import socket

import pytest

from branchline.aio.systemd import notify


@pytest.mark.parametrize("abstract", [False, True])
def test_the_service_manager_hears_the_state(tmp_path, monkeypatch, abstract):
    name = f"@branchline-test-{os.getpid()}" if abstract else str(tmp_path / "n")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.settimeout(5)
        manager.bind(name.replace("@", "\0") if abstract else name)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        notify("READY=1")
        notify("STOPPING=1")
        assert [manager.recv(100), manager.recv(100)] == [b"READY=1", b"STOPPING=1"]


def test_without_one_nothing_happens(monkeypatch, caplog):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", "")
    notify("READY=1")
    assert caplog.records == []


def test_one_that_has_gone_is_warned_about_and_the_engine_goes_on(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    notify("STOPPING=1")
    assert "cannot tell STOPPING=1 to the service manager: No such file" in caplog.text
