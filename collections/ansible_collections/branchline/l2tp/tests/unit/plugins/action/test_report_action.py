"""The action of report: what a host's registered result means, and that no secret gets into what it writes."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.branchline.l2tp.plugins.action import report
from ansible_collections.branchline.l2tp.plugins.module_utils.report.evidence_join import Answer, join
from ansible_collections.branchline.l2tp.plugins.modules import report as documentation

LINE = {"name": "oslo-lns1", "ends": ["oslo", "lns1"]}
SECRET = "correct horse battery staple"
SAID = {"name": "oslo-lns1", "state": "open", "rungs": []}


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        ({"lines": [SAID]}, Answer(lines={"oslo-lns1": SAID})),
        ({"lines": []}, Answer()),
        (None, Answer(reason="oslo was not verified: it had failed or was unreachable before, see above")),
        ({"unreachable": True, "msg": "timed out"}, Answer(reason="oslo is unreachable: timed out")),
        ({"failed": False, "msg": "no root"}, Answer(reason="oslo could not be verified: no root")),
        ({"module_stderr": "Traceback"}, Answer(reason="oslo could not be verified: Traceback")),
        ({"skipped": True}, Answer(reason="oslo could not be verified: no message")),
    ],
)
def test_answer(result: dict[str, Any] | None, answer: Answer) -> None:
    assert report.answer("oslo", result) == answer


class HostVars:
    """As much of Ansible's as the plugin uses."""

    def __init__(self, variables: dict[str, dict[str, Any]]) -> None:
        self.raw_get = variables.__getitem__


def test_hosts_outside_of_the_play_are_not_asked() -> None:
    hostvars = HostVars({"oslo": {"seen": {"lines": [SAID]}}})
    assert report.answers([LINE], {"oslo", "isp"}, "seen", hostvars) == {"oslo": Answer(lines={"oslo-lns1": SAID})}


def test_no_secret_gets_into_a_report() -> None:
    hostvars = HostVars(
        {
            "oslo": {
                "seen": {"lines": [SAID], "invocation": {"module_args": {"psk": SECRET}}},
                "branchline_psk": SECRET,
            },
            "lns1": {"seen": {"unreachable": True, "msg": "timed out"}, "branchline_ppp_secret": SECRET},
        }
    )
    line = {**LINE, "psk": SECRET, "auth": "psk"}
    joined = join([line], report.answers([line], {"oslo", "lns1"}, "seen", hostvars))
    texts = report.reports(joined, datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc))
    assert set(texts) == set(report.FILES)
    assert [name for name, text in texts.items() if SECRET in text] == []
    document = json.loads(texts["verify.json"])
    assert document["generated"] == "2026-01-01T00:00:00+00:00"
    assert document["summary"] == {"lines": 1, "proven": 0, "failed": 1, "not_asked": 0}
    assert [rung["rung"] for rung in document["lines"][0]["rungs"]] == [1, 2, 3, 4, 5, 6, 7]


def test_write_replaces_at_once(tmp_path: Path) -> None:
    path = tmp_path / "verify.json"
    report.write(path, "old")
    report.write(path, "new ✓")
    assert (path.read_text(encoding="utf-8"), path.stat().st_mode & 0o777) == ("new ✓", 0o644)
    assert [found.name for found in tmp_path.iterdir()] == ["verify.json"]


def test_documentation_equals_the_arguments() -> None:
    options = yaml.safe_load(documentation.DOCUMENTATION)["options"]
    described = {name: {key: option[key] for key in option if key != "description"} for name, option in options.items()}
    assert described == report.ARGUMENTS
