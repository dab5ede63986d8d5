"""The module around `converge`: what it is asked, and what becomes of errors."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.branchline.l2tp.plugins.module_utils.host.machine import CommandError
from ansible_collections.branchline.l2tp.plugins.module_utils.host.secrets import references
from ansible_collections.branchline.l2tp.plugins.modules import engine_archive, host, info
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.host.fake import FakeMachine
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.host.states import branch

OSLO = branch("oslo-lns1")
SECRETS = {ref: f"value of {ref}" for ref in references(OSLO)}


class LeftError(Exception):
    """The module ended."""


@pytest.fixture
def call(monkeypatch):
    """Run the module with some parameters on a fake host; (how it ended, with what)."""

    def run(machine, check_mode=False, **params):
        class Module:
            def __init__(self, arguments, **_options):
                defaults = {name: spec.get("default") for name, spec in arguments.items()}
                self.params, self.check_mode = {**defaults, **params}, check_mode

            def exit_json(self, **result):
                raise LeftError("ok", result)

            def fail_json(self, **result):
                raise LeftError("failed", result)

        monkeypatch.setattr(host, "AnsibleModule", Module)
        monkeypatch.setattr(host, "Machine", lambda: machine)
        with pytest.raises(LeftError) as left:
            host.main()
        return left.value.args

    return run


def test_there_and_gone(call):
    machine = FakeMachine()
    how, result = call(machine, desired=OSLO, secrets=SECRETS)
    assert (how, result["changed"], result["changes"]) == ("ok", True, ["Branchline set up", "line oslo-lns1 added"])
    assert result["before"] is None
    assert list(result["after"]["lines"]) == ["oslo-lns1"]
    assert call(machine, state="gathered")[1]["gathered"]["drift"] == []
    assert call(machine, state="absent")[1]["changes"] == ["Branchline removed", "line oslo-lns1 removed"]
    assert call(machine, state="gathered")[1]["gathered"]["desired"] is None


def test_rendered_shows_references(call):
    how, result = call(None, state="rendered", desired=OSLO)
    assert (how, result["changed"]) == ("ok", False)
    assert '"secret": "<secret oslo-lns1.ppp.1>"' in result["rendered"]["/etc/branchline/engine.json"]


def broken(command):
    machine = FakeMachine()
    machine.broken = {command: "it is broken"}
    return machine


def without_engine():
    machine = FakeMachine()
    machine.installed = False
    return machine


FAILURES = [
    #  machine                parameters            what it says                                              done
    (FakeMachine(),           {"secrets": {}},      "nothing was changed: no value was given for",            0),
    (without_engine(),        {},                   "nothing was changed: the engine does not accept",        0),
    (broken("nft --file"),    {},                   "guard.nft failed: it is broken", 1),
    (broken("swanctl"),       {"state": "absent"},  None,                                                     None),
]  # fmt: skip


@pytest.mark.parametrize(("machine", "params", "said", "done"), FAILURES)
def test_failures(machine, params, said, done, call):
    how, result = call(machine, **{"desired": OSLO, "secrets": SECRETS, **params})
    assert how == ("failed" if said else "ok")
    if said:
        assert said in result["msg"]
        assert len(result["done"]) == done


def test_the_documentation_has_every_argument():
    options = yaml.safe_load(host.DOCUMENTATION)["options"]
    assert {name: (spec["type"], spec.get("default")) for name, spec in options.items()} == {
        name: (spec["type"], spec.get("default")) for name, spec in host.ARGUMENTS.items()
    }
    assert host.ARGUMENTS["secrets"]["no_log"] is True
    assert list(yaml.safe_load(engine_archive.DOCUMENTATION)["options"]) == ["cache"]


def test_info(monkeypatch):
    class Module:
        def __init__(self, _arguments, **_options):
            pass

        def exit_json(self, **result):
            raise LeftError(result)

    class Bare(FakeMachine):
        def run(self, *command):
            raise CommandError(f"{command[0]}: not found")

    monkeypatch.setattr(info, "AnsibleModule", Module)
    monkeypatch.setattr(info, "Machine", Bare)
    with pytest.raises(LeftError) as left:
        info.main()
    (result,) = left.value.args
    assert set(result["facts"]) == set(result["reasons"]) == set(yaml.safe_load(info.RETURN)["facts"]["contains"])
    assert (result["facts"]["kernel_esp"], result["facts"]["strongswan"]) == (False, None)
