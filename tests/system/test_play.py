"""The playbook: nothing to do twice, a wrong inventory touches nothing, a branch comes and goes unnoticed by others."""

from __future__ import annotations

import json
from contextlib import ExitStack

import pytest
import yaml
from hosts import BRANCHES, CARRIED, CORP1, LAB, MANAGED, Pinging, changed, play, recap, until

SITE = "playbooks/site.yml"


def test_a_second_run_changes_nothing():
    done = play(SITE)
    assert done.returncode == 0, done.stdout[-4000:]
    assert {host: counts["changed"] for host, counts in recap(done.stdout).items()} == dict.fromkeys(MANAGED, 0)


@pytest.mark.parametrize("arguments", [["--check", "--diff"], ["--limit", "oslo"], ["--tags", "verify"]])
def test_it_works_in_part(arguments):
    done = play(SITE, *arguments)
    assert done.returncode == 0, done.stdout[-4000:]
    assert all(counts["changed"] == 0 for counts in recap(done.stdout).values())


def fingerprint(host):
    """Return all that a run could touch: files, the loaded guard, the daemons' processes."""
    files = "/etc/branchline/* /etc/swanctl/conf.d/* /etc/swanctl/*/branchline-* /usr/local/lib/branchline/*"
    loaded = host.run("nft -s list chain inet branchline_guard output; swanctl --list-conns")
    units = [host.pid(f"{unit}.service") for unit in ("branchline", "strongswan")]
    return host.run(f"sha256sum {files} 2>/dev/null; true"), loaded, units


def test_everything_wrong_is_told_at_once_and_nothing_is_touched(hosts, inventory):
    changed(
        inventory / "host_vars/lns1.yml",
        branchline_pools={"branches": ["10.20.0.16-10.20.0.127"], "more": ["10.20.0.100/30"]},
    )
    changed(inventory / "host_vars/oslo.yml", branchline_mtu="big", branchline_fixed_address="10.20.0.20")
    changed(inventory / "host_vars/lyon.yml", branchline_lns="lns9")
    changed(inventory / "host_vars/turin.yml", branchline_fixed_address="10.20.0.30")
    changed(inventory / "host_vars/rotterdam.yml", branchline_fixed_address="10.20.0.30", branchline_colour="red")
    changed(inventory / "group_vars/branches.yml", branchline_psk="")
    before = {name: fingerprint(hosts[name]) for name in ("lns1", *BRANCHES)}
    done = play("-i", str(inventory), SITE)
    assert done.returncode != 0
    told = done.stdout + done.stderr
    for words in (
        "oslo.branchline_mtu",
        "lyon.branchline_lns",
        "branchline_colour",
        "10.20.0.30",
        "more",
        "branchline_psk",
    ):
        assert words in told, words
    assert {name: fingerprint(hosts[name]) for name in before} == before


def test_branches_leave_and_come_back_and_the_others_lose_no_packet(hosts, lns, inventory, capsys):
    """turin stays in the inventory, outside of the groups; rotterdam is remembered by the controller alone."""
    tree = yaml.safe_load((inventory / "hosts.yml").read_text())
    for name in LEAVE:
        del tree["all"]["children"]["branches"]["hosts"][name]
        (inventory / f"host_vars/{name}.yml").unlink()
    tree["all"]["children"]["formerly"] = {"hosts": {"turin": None}}
    (inventory / "hosts.yml").write_text(yaml.safe_dump(tree))
    stay = [name for name in BRANCHES if name not in LEAVE]
    pings = [Pinging(hosts[name], CORP1) for name in stay]
    with ExitStack() as stack:
        for ping in pings:
            stack.enter_context(ping)
        left = play("-i", str(inventory), SITE)
        lines = {line["line"] for line in lns.status()["lines"]}
        traces = {name: hosts[name].run(TRACES.replace("LINE", f"{name}-lns1")).split() for name in LEAVE}
        back = play(SITE)
    assert left.returncode == 0, left.stdout[-4000:]
    assert back.returncode == 0, back.stdout[-4000:]
    assert lines == {*(f"{name}-lns1" for name in stay), "home1-lns1"}
    assert traces == {name: [] for name in LEAVE}
    for name in LEAVE:
        until(lambda name=name: hosts[name].reaches(CORP1), f"{name} is back", 30)
    with capsys.disabled():
        lost = ", ".join(f"{name} {ping.lost} of {ping.sent}" for name, ping in zip(stay, pings))
        print(f"\n  {' and '.join(LEAVE)} left and came back; lost: {lost}")
    assert [ping.lost for ping in pings] == [0] * len(stay)
    assert all(ping.sent > 100 for ping in pings)


LEAVE = ("turin", "rotterdam")
# What Branchline has on a host; nothing is printed where there is nothing.
TRACES = """
ls -d /etc/branchline/engine.json /usr/local/bin/branchline /etc/swanctl/conf.d/branchline.conf 2>/dev/null
ls -d /etc/swanctl/*/branchline-* /sys/class/net/LINE 2>/dev/null
nft list tables | grep -o branchline_guard
systemctl is-active branchline.service | grep -x active
true
"""


def test_the_evidence_is_complete():
    lines = json.loads((LAB / "verify.json").read_text())["lines"]
    kinds = {line["name"]: line["kind"] for line in lines}
    carried = {"bergen-lns2": "multihop", "home1-lns1": "compulsory"}
    assert kinds == {**{f"{name}-lns1": "voluntary" for name in BRANCHES}, **carried}
    assert {line["name"]: tuple(line["ends"]) for line in lines if line["name"] in carried} == CARRIED
    for line in lines:
        assert line["proven"] is True
        assert [rung["rung"] for rung in line["rungs"]] == list(range(1, 8))
        assert all(rung["ok"] and rung["evidence"] for rung in line["rungs"])


def test_no_secret_leaves_its_place(hosts):
    secrets = [path.read_text().strip() for path in (LAB / "secrets").iterdir() if path.is_file()]
    assert len(secrets) > len(BRANCHES)
    texts = {name: (LAB / name).read_text() for name in ("verify.json", "junit.xml", "report.html")}
    for name in MANAGED:
        texts[f"journal of {name}"] = hosts[name].run("journalctl --no-pager -o cat", timeout=300)
        texts[f"argv of {name}"] = hosts[name].run("ps -eo args")
    found = [where for where, text in texts.items() if any(secret in text for secret in secrets)]
    assert found == []


def test_secrets_are_not_world_readable(hosts):
    for name in MANAGED:
        listed = hosts[name].run(
            "find /etc/branchline $(ls -d /etc/swanctl/conf.d /etc/swanctl/private 2>/dev/null) "
            "-type f -perm /o+r ! -name guard.nft"
        )
        assert listed == ""
