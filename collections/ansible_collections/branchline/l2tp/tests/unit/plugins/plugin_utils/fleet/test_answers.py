"""What command lines say when they do not take a command, each as its device words it."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet import answers

SAID = [
    # platform            what the device says, and what it means
    ("cisco_ios",  "         ^\n% Invalid input detected at '^' marker.\n",  "the device does not know this"),
    ("cisco_ios",  '% Ambiguous command:  "sh"',  "the command is ambiguous"),
    ("cisco_ios",  "% Incomplete command.",  "the command is incomplete"),
    ("cisco_ios",  "% Bad mask /33 for address",  "the device refused a value"),
    ("cisco_ios",  "% Authorization failed.",  "the user may not do this"),
    ("cisco_iosxe",  "% Archive path is not configured",  "the archive has no path"),
    ("cisco_iosxe",  "%No Rollback Confirmed Change pending",  "the device refused a value"),
    ("vyos",  "  Invalid command: [nonsense]",  "the device has no such command"),
    ("vyos",  "  Configuration path: [vpn x] is not valid\n  Set failed",  "the device refused a value"),
    ("vyos",  "Commit failed",  "the device refused the whole"),
    ("mikrotik_routeros",  "bad command name foo (line 1 column 1)",  "the device has no such command"),
    ("mikrotik_routeros",  "expected end of command (line 1 column 9)",  "the device does not know this"),
    ("mikrotik_routeros",  "failure: already have profile with such name",  "the device refused it"),
    ("linux_ssh",  "sh: 1: swanctl: not found",  "the shell refused it"),
    ("linux_ssh",  "cat: /etc/x: Permission denied",  "the user may not do this"),
]  # fmt: skip


@pytest.mark.parametrize(("platform", "said", "means"), SAID)
def test_refusals(platform, said, means):
    row = answers.refusal(said, answers.table(driver.session(platform).get("errors", ())))
    assert row is not None
    assert row.means == means
    assert row.remedy.endswith(".")


GOOD = [
    ("cisco_ios",          "interface Virtual-PPP1\n description branchline a generation 1\n"),
    ("cisco_ios",          "Building configuration...\n[OK]"),
    ("vyos",               "[edit]"),
    ("mikrotik_routeros",  "/interface l2tp-client add name=a"),
    ("linux_ssh",          "@@ /etc/xl2tpd/xl2tpd.conf 0600\n[global]\nport = 1701"),
]  # fmt: skip


@pytest.mark.parametrize(("platform", "said"), GOOD)
def test_what_is_no_refusal(platform, said):
    assert answers.refusal(said, answers.table(driver.session(platform).get("errors", ()))) is None
