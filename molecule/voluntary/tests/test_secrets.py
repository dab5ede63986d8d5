"""Secrets stand in the files that need them, readable by those who need them, and nowhere else."""

from __future__ import annotations

import pytest
from conftest import STATE

MODES = {
    "/etc/branchline/engine.json": ("root", "branchline", 0o640),
    "/etc/branchline/state.json": ("root", "root", 0o600),
    "/etc/swanctl/conf.d/branchline.conf": ("root", "root", 0o600),
}


class Secrets:
    """The scenario's store. Failures name secrets, and show none."""

    def __init__(self, directory):
        self.files = [path for path in directory.iterdir() if path.is_file()]

    def named_in(self, text):
        """Names of the secrets that occur in a text."""
        return [path.name for path in self.files if path.read_text().strip() in text]


STANDBY = {"beta-lns1": ["tunnel-lns2"]}  # its other LNS has a tunnel secret of its own


@pytest.fixture(scope="module")
def secrets():
    return Secrets(STATE / "secrets")


@pytest.mark.parametrize("path", MODES)
def test_modes_on_hosts(managed, path):
    file = managed.file(path)
    assert (file.user, file.group, file.mode) == MODES[path]


def test_the_store_has_each_line_s_secrets_for_its_owner_alone(secrets):
    names = {f"{line}.{kind}.1" for line in ("alpha-lns1", "beta-lns1") for kind in ("ppp", "psk", "tunnel")}
    assert names <= {path.name for path in secrets.files}  # those of the other scenarios are there too
    assert {path.stat().st_mode & 0o777 for path in secrets.files} == {0o600}


def test_secrets_stand_in_the_engine_s_configuration(secrets, branch):
    kinds = ["ppp", "tunnel", *STANDBY.get(branch.line, [])]
    found = secrets.named_in(branch.file("/etc/branchline/engine.json").content_string)
    assert sorted(found) == sorted(f"{branch.line}.{kind}.1" for kind in kinds)


def test_no_secret_in_a_command_line(managed, secrets):
    running = managed.check_output("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; true")
    assert "branchline" in running
    assert secrets.named_in(running) == []


def test_no_secret_in_the_journal(managed, secrets):
    journal = managed.check_output("journalctl --no-pager --output=cat")
    assert "branchline" in journal
    assert secrets.named_in(journal) == []


def test_no_secret_in_what_the_engine_tells(managed, secrets):
    assert secrets.named_in(managed.check_output("branchline status --json")) == []


def test_no_secret_in_a_report(secrets):
    reports = list((STATE / "reports").iterdir())
    assert {"verify.json", "junit.xml", "report.html"} <= {path.name for path in reports}
    assert [path.name for path in reports if secrets.named_in(path.read_text())] == []
