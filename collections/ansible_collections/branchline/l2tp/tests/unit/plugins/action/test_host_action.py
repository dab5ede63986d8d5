"""The controller's half: which part of the plan, and which secrets, a host gets."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.branchline.l2tp.plugins.action.host import ActionModule
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.host.states import branch, lns

OSLO, LNS1 = branch("oslo-lns1"), lns("oslo")
PLAN = {
    "hosts": {"oslo": OSLO},
    "rendered": {"partner": LNS1},
    "secrets": {
        "oslo-lns1.psk.1": {"store": "oslo-lns1.psk.1"},
        "oslo-lns1.ppp.1": {"var": ["oslo", "branchline_ppp_secret"]},
        "oslo-lns1.tunnel.1": {"var": ["oslo", "branchline_tunnel_secret"]},
        "lyon-lns1.psk.1": {"store": "lyon-lns1.psk.1"},
    },
}
HOSTVARS = {"oslo": {"branchline_ppp_secret": "ppp", "branchline_tunnel_secret": "tunnel"}}
SECRETS = {"oslo-lns1.psk.1": "psk", "oslo-lns1.ppp.1": "ppp", "oslo-lns1.tunnel.1": "tunnel"}


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run the action for a host; the arguments that its module would get, or its result if none runs."""
    monkeypatch.setattr(ActionBase, "run", lambda *unused: {})
    store = tmp_path / "secrets"
    store.mkdir(mode=0o700)
    (store / "oslo-lns1.psk.1").write_text("psk\n")
    (store / "oslo-lns1.psk.1").chmod(0o600)

    def act(host, check_mode=False, hostvars=None, **arguments):
        action = ActionModule.__new__(ActionModule)
        action._task = SimpleNamespace(args=arguments, check_mode=check_mode)
        action._templar = SimpleNamespace(template=lambda text: text)
        action._execute_module = lambda _name, module_args, task_vars: {"arguments": module_args}
        known = hostvars or HOSTVARS
        variables = {"inventory_hostname": host, "hostvars": known, "registered": {"plan": PLAN}, "bare": PLAN}
        result = action.run(None, {**variables, "branchline_secret_store": str(store)})
        return result.get("arguments", result)

    return act


PASSED = [
    #  arguments                                             what the module gets
    ({"plan": "registered"},                                 {"desired": OSLO, "secrets": SECRETS}),
    ({"plan": "bare", "state": "merged"},                    {"desired": OSLO, "secrets": SECRETS, "state": "merged"}),
    ({"plan": "bare", "state": "absent", "lines": ["l"]},    {"state": "absent", "lines": ["l"]}),
    ({"desired": OSLO, "secrets": {}, "secret_store": "/"},  {"desired": OSLO, "secrets": {}}),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "passed"), PASSED)
def test_passed(arguments, passed, run):
    assert run("oslo", **arguments) == passed


REFUSED = [
    #  host     arguments               hostvars     message
    ("oslo",    {"plan": "nowhere"},    HOSTVARS,    "there is no variable nowhere; register the result"),
    ("lyon",    {"plan": "bare"},       HOSTVARS,    "the plan has nothing for lyon"),
    ("oslo",    {"plan": "bare"},       {"oslo": {}}, "oslo.branchline_ppp_secret"),
]  # fmt: skip


@pytest.mark.parametrize(("host", "arguments", "hostvars", "message"), REFUSED)
def test_refused(host, arguments, hostvars, message, run):
    with pytest.raises(AnsibleActionFail) as refused:
        run(host, hostvars=hostvars, **arguments)
    assert message in str(refused.value)


def test_rendered_touches_no_host_and_shows_no_secret(run):
    result = run("partner", plan="registered", state="rendered")
    assert result["changed"] is False
    assert "<secret oslo-lns1.psk.1>" in json.dumps(result["rendered"])


def test_rendered_to_a_file(run, tmp_path):
    dest = tmp_path / "rendered" / "partner.txt"
    asked = {"desired": LNS1, "state": "rendered", "dest": str(dest)}
    assert run("oslo", check_mode=True, **asked)["changed"] is True
    assert not dest.exists()
    assert [run("oslo", **asked)["changed"] for turn in (1, 2)] == [True, False]
    assert dest.read_text().startswith("##### /etc/branchline/engine.json\n{\n")
