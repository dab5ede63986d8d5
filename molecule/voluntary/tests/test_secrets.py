"""Secrets stand in the files that need them, readable by those who need them, and nowhere else."""

from __future__ import annotations

import pytest
from conftest import STATE

MODES = {
    "/etc/branchline/engine.json": ("root", "branchline", 0o640),
    "/etc/branchline/state.json": ("root", "root", 0o600),
    "/etc/swanctl/conf.d/branchline.conf": ("root", "root", 0o600),
}


@pytest.fixture(scope="module")
def secrets():
    """Every secret of the scenario's store."""
    found = [path.read_text().strip() for path in (STATE / "secrets").rglob("*") if path.is_file()]
    assert found
    assert all(len(secret) >= 16 for secret in found)
    return found


@pytest.mark.parametrize("path", MODES)
def test_modes_on_hosts(managed, path):
    file = managed.file(path)
    assert (file.user, file.group, file.mode) == MODES[path]


def test_modes_of_the_store():
    assert {path.stat().st_mode & 0o777 for path in (STATE / "secrets").rglob("*") if path.is_file()} == {0o600}


def test_no_secret_in_a_command_line(managed, secrets):
    running = managed.check_output("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; true")
    assert [secret for secret in secrets if secret in running] == []


def test_no_secret_in_the_journal(managed, secrets):
    journal = managed.check_output("journalctl --no-pager --output=cat")
    assert "branchline" in journal
    assert [secret for secret in secrets if secret in journal] == []


def test_no_secret_in_what_the_engine_tells(managed, secrets):
    told = managed.check_output("branchline status --json")
    assert [secret for secret in secrets if secret in told] == []
