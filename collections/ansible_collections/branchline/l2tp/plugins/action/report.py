# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Joins both ends' evidence on the controller and writes the reports; see the module of the same name."""

from __future__ import annotations

import datetime
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.branchline.l2tp.plugins.module_utils.report import html, junit, prometheus, table
from ansible_collections.branchline.l2tp.plugins.module_utils.report.evidence_join import (
    FAILED,
    Answer,
    counts,
    join,
)

ARGUMENTS = {
    "plan": {"type": "str", "default": "branchline_plan"},
    "evidence": {"type": "str", "default": "branchline_verify"},
    "directory": {"type": "path", "required": True},
    "standby": {"type": "str", "choices": ["accept", "refuse"], "default": "accept"},
    "fail": {"type": "bool", "default": True},
}
FILES = ("verify.json", "junit.xml", "report.html", "branchline.prom")
GONE_BEFORE = "was not verified: it had failed or was unreachable before, see above"


def answer(host: str, result: Mapping[str, Any] | None) -> Answer:
    """What a host that was asked said, from its registered result; an absent, failed or unreachable one is a reason."""
    if result is None:
        return Answer(reason=f"{host} {GONE_BEFORE}")
    lines = result.get("lines")
    if isinstance(lines, list) and not result.get("unreachable"):
        return Answer(lines={line["name"]: line for line in lines})
    kind = "is unreachable" if result.get("unreachable") else "could not be verified"
    said = str(result.get("msg") or result.get("module_stderr") or "no message").strip()
    return Answer(reason=f"{host} {kind}: {said}")


def answers(lines: list[dict[str, Any]], asked: set[str], evidence: str, hostvars: Any) -> dict[str, Answer]:
    """Each end's answer; hosts outside of the play (`--limit`) were not asked."""
    ends = {end for line in lines for way in (line, *(line.get("standby") or ())) for end in way["ends"]}
    return {host: answer(host, hostvars.raw_get(host).get(evidence)) for host in ends & asked}


def reports(lines: list[dict[str, Any]], now: datetime.datetime) -> dict[str, str]:
    """Every report's text by its file's name."""
    when = now.isoformat(timespec="seconds")
    document = {"generated": when, "summary": counts(lines), "lines": lines}
    texts = (
        json.dumps(document, indent=2, ensure_ascii=False) + "\n",
        junit.render(lines).decode(),
        html.render(lines, when),
        prometheus.render(lines, now.timestamp()),
    )
    return dict(zip(FILES, texts))


def write(path: Path, text: str) -> None:
    """Replace a file at once: whoever reads it sees the old or the new one."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).chmod(0o644)
    Path(name).replace(path)


class ActionModule(ActionBase):
    """Runs on the controller alone, once for all hosts."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Write the reports, show the table, and fail if a line is not proven."""
        variables = task_vars or {}
        result: dict[str, Any] = super().run(tmp, variables)
        _options, arguments = self.validate_argument_spec(argument_spec=ARGUMENTS)
        _demand_libraries()
        lines = _planned(arguments["plan"], variables)
        asked = set(variables["ansible_play_hosts_all"])
        said = answers(lines, asked, arguments["evidence"], variables["hostvars"])
        joined = join(lines, said, refuse_standby=arguments["standby"] == "refuse")
        directory = Path(arguments["directory"])
        _write_all(directory, reports(joined, datetime.datetime.now(datetime.timezone.utc)))
        failed = arguments["fail"] and any(line["result"] == FAILED for line in joined)
        Display().display("\n" + table.render(joined, told=not failed))
        result.update(changed=False, summary=counts(joined), files=_paths(directory))
        if failed:
            result.update(failed=True, msg="\n".join(table.told_failures(joined, most=20)))
        return result


def _demand_libraries() -> None:
    for name, missing in (("rich", table.MISSING), ("junitparser", junit.MISSING), ("jinja2", html.MISSING)):
        if missing is not None:
            raise AnsibleActionFail(
                f"the Python that runs Ansible lacks {name}: install what requirements.txt says"
            ) from missing


def _planned(name: str, variables: dict[str, Any]) -> list[dict[str, Any]]:
    if name not in variables:
        raise AnsibleActionFail(f"plan: there is no variable {name}; register the result of branchline.l2tp.plan in it")
    registered = variables[name]
    return list(registered.get("plan", registered).get("lines", []))


def _write_all(directory: Path, texts: dict[str, str]) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            write(directory / name, text)
    except OSError as error:
        raise AnsibleActionFail(f"directory: the reports cannot be written: {error}") from error


def _paths(directory: Path) -> list[str]:
    return [str(directory / name) for name in FILES]
