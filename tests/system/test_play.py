"""The playbook: nothing to do twice, a wrong inventory touches nothing, a branch comes and goes unnoticed by others."""

from __future__ import annotations

import json
import shutil

import pytest
import yaml
from hosts import BRANCHES, CORP1, LAB, ROOT, Pinging, play, recap, until

SITE = "playbooks/site.yml"


@pytest.fixture
def inventory():
    """Return a copy of the lab's inventory, to be changed: a sibling, so that its relative paths hold."""
    copy = ROOT / "inventory" / "lab-under-test"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(ROOT / "inventory/lab", copy)
    yield copy
    shutil.rmtree(copy)


def changed(path, **values):
    """Set variables of a vars file."""
    data = yaml.safe_load(path.read_text()) or {}
    path.write_text(yaml.safe_dump({**data, **values}))


def test_a_second_run_changes_nothing():
    done = play(SITE)
    assert done.returncode == 0, done.stdout[-4000:]
    assert {host: counts["changed"] for host, counts in recap(done.stdout).items()} == dict.fromkeys(
        ("lns1", *BRANCHES), 0
    )


@pytest.mark.parametrize("arguments", [["--check", "--diff"], ["--limit", "oslo"], ["--tags", "verify"]])
def test_it_works_in_part(arguments):
    done = play(SITE, *arguments)
    assert done.returncode == 0, done.stdout[-4000:]
    assert all(counts["changed"] == 0 for counts in recap(done.stdout).values())


def test_everything_wrong_is_told_at_once_and_nothing_is_touched(hosts, inventory):
    changed(
        inventory / "host_vars/lns1.yml",
        branchline_pools={"branches": ["10.20.0.16-10.20.0.127"], "more": ["10.20.0.100/30"]},
    )
    changed(inventory / "host_vars/oslo.yml", branchline_mtu="big", branchline_fixed_address="10.20.0.20")
    changed(inventory / "host_vars/lyon.yml", branchline_lns="lns9")
    changed(inventory / "host_vars/turin.yml", branchline_fixed_address="10.20.0.30")
    changed(inventory / "host_vars/rotterdam.yml", branchline_fixed_address="10.20.0.30", branchline_colour="red")
    pids = {name: hosts[name].pid("branchline.service") for name in ("lns1", *BRANCHES)}
    configs = {name: hosts[name].run("sha256sum /etc/branchline/engine.json") for name in pids}
    done = play("-i", str(inventory), SITE)
    assert done.returncode != 0
    for words in ("oslo.branchline_mtu", "lyon.branchline_lns", "branchline_colour", "10.20.0.30", "more"):
        assert words in done.stdout + done.stderr, words
    assert {name: hosts[name].pid("branchline.service") for name in pids} == pids
    assert {name: hosts[name].run("sha256sum /etc/branchline/engine.json") for name in pids} == configs


def test_a_branch_leaves_and_comes_back_and_the_others_lose_no_packet(hosts, lns, inventory, capsys):
    tree = yaml.safe_load((inventory / "hosts.yml").read_text())
    branches = tree["all"]["children"]["branches"]["hosts"]
    del branches["turin"]
    tree["all"]["children"]["formerly"] = {"hosts": {"turin": None}}
    (inventory / "hosts.yml").write_text(yaml.safe_dump(tree))
    stay = [name for name in BRANCHES if name != "turin"]
    pings = [Pinging(hosts[name], CORP1) for name in stay]
    for ping in pings:
        ping.__enter__()
    try:
        left = play("-i", str(inventory), SITE)
        lines = {line["line"] for line in lns.status()["lines"]}
        there = hosts["turin"].try_("branchline status --json")
        back = play(SITE)
    finally:
        for ping in pings:
            ping.__exit__()
    assert left.returncode == 0, left.stdout[-4000:]
    assert back.returncode == 0, back.stdout[-4000:]
    assert lines == {f"{name}-lns1" for name in stay}
    assert there.returncode != 0 or json.loads(there.stdout)["lines"] == []
    until(lambda: hosts["turin"].reaches(CORP1), "turin is back", 30)
    with capsys.disabled():
        print(
            "\n  turin left and came back; lost: " + ", ".join(f"{n} {p.lost} of {p.sent}" for n, p in zip(stay, pings))
        )
    assert [ping.lost for ping in pings] == [0] * len(stay)
    assert all(ping.sent > 100 for ping in pings)


def test_the_evidence_is_complete():
    lines = json.loads((LAB / "verify.json").read_text())["lines"]
    assert {line["name"] for line in lines} == {f"{name}-lns1" for name in BRANCHES}
    for line in lines:
        assert line["proven"] is True
        assert line["kind"] == "voluntary"
        assert [rung["rung"] for rung in line["rungs"]] == list(range(1, 8))
        assert all(rung["ok"] and rung["evidence"] for rung in line["rungs"])


def test_no_secret_leaves_its_place(hosts):
    secrets = [path.read_text().strip() for path in (LAB / "secrets").iterdir() if path.is_file()]
    assert len(secrets) > len(BRANCHES)
    texts = {name: (LAB / name).read_text() for name in ("verify.json", "junit.xml", "report.html")}
    for name in ("lns1", *BRANCHES):
        texts[f"journal of {name}"] = hosts[name].run("journalctl --no-pager -o cat", timeout=300)
        texts[f"argv of {name}"] = hosts[name].run("ps -eo args")
    found = [where for where, text in texts.items() if any(secret in text for secret in secrets)]
    assert found == []


def test_secrets_are_not_world_readable(hosts):
    for name in ("lns1", *BRANCHES):
        listed = hosts[name].run(
            "find /etc/branchline /etc/swanctl/conf.d /etc/swanctl/private -type f -perm /o+r ! -name guard.nft"
        )
        assert listed == ""
