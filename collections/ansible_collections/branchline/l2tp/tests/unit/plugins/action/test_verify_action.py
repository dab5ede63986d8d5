"""The module verify and its action: arguments, and which lines a host is asked about."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.branchline.l2tp.plugins.action.verify import own_lines
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.observe import Paths
from ansible_collections.branchline.l2tp.plugins.modules import verify

PLAN = {"lines": [{"name": "a", "ends": ["oslo", "lns1"]}, {"name": "b", "ends": ["lyon", "lns1"]}]}


@pytest.mark.parametrize(("host", "names"), [("oslo", ["a"]), ("lns1", ["a", "b"]), ("isp", [])])
def test_own_lines(host: str, names: list[str]) -> None:
    assert [line["name"] for line in own_lines(PLAN, host)] == names


@pytest.mark.parametrize("host", ["oslo", "lns1", "lns2"])
def test_an_lns_is_asked_about_lines_that_it_may_have(host: str) -> None:
    line = {"name": "a", "ends": ["oslo", "lns1"], "standby": [{"lns": "lns2", "ends": ["oslo", "lns2"]}]}
    assert own_lines({"lines": [line]}, host) == [line]


def test_documentation_equals_the_arguments() -> None:
    options = yaml.safe_load(verify.DOCUMENTATION)["options"]
    described = {
        name: {key: value for key, value in option.items() if key != "description"} for name, option in options.items()
    }
    assert described == verify.ARGUMENTS


def test_request() -> None:
    params: dict[str, Any] = {name: argument["default"] for name, argument in verify.ARGUMENTS.items()}
    asked = verify.request({**params, "host": "oslo", "lines": [{"name": "a"}], "sample": 3})
    assert (asked.host, asked.lines, asked.sample, asked.wait, asked.pings) == ("oslo", [{"name": "a"}], 3, 60.0, 5)
    assert asked.paths == Paths()
