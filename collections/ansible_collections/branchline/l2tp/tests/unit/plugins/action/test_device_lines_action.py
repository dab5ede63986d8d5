"""device_lines on the controller: which devices a task is about, with which secrets, and what becomes of failures."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import yaml
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.branchline.l2tp.plugins.action import device_lines
from ansible_collections.branchline.l2tp.plugins.modules import device_lines as module
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.errors import RefusedError, Trouble

PLATFORM = "linux_ssh"
IPSEC = {"secret": {"$secret": "a.psk.1"}}
PART = {"version": 1, "platform": PLATFORM, "device": {"lines": {"a": {"ipsec": IPSEC}}, "lns": None, "lac": None}}
PLAN = {
    "devices": {"bergen": {**PART, "host": "bergen"}, "narvik": {**PART, "host": "narvik"}},
    "rendered": {},
    "lines": [],
    "secrets": {"a.psk.1": {"var": ["lns1", "branchline_psk"]}},
}
HOSTVARS = {
    "lns1": {"branchline_psk": "hush hush"},
    "bergen": {"ansible_host": "192.0.2.1", "ansible_user": "admin"},
    "narvik": {"ansible_host": "192.0.2.2"},
}


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run the action for a host; `converge` stands for the devices."""
    monkeypatch.setattr(ActionBase, "run", lambda *unused: {})
    monkeypatch.setattr(device_lines.session, "MISSING", None)

    def act(host, converge=lambda device, *unused: {"changed": True}, hostvars=None, known=None, **arguments):
        monkeypatch.setattr(device_lines, "converge", converge)
        action = device_lines.ActionModule.__new__(device_lines.ActionModule)
        action._task = SimpleNamespace(args=arguments, check_mode=False)
        action._templar = SimpleNamespace(template=lambda text: text)
        defaults = {name: option.get("default") for name, option in device_lines.ARGUMENTS.items()}
        action.validate_argument_spec = lambda argument_spec: (None, {**defaults, **arguments})
        variables = {
            "inventory_hostname": host,
            "hostvars": hostvars or HOSTVARS,
            "ansible_play_hosts": ["lns1", "bergen", "narvik"],
            "planned": {"plan": known or PLAN},
            "done": {"devices": {"bergen": {"changed": True}}},
            "branchline_platform": PLATFORM,
            "branchline_secret_store": str(tmp_path),
        }
        return action.run(None, variables)

    return act


def test_a_device_gets_its_part_its_secrets_and_its_address(run):
    seen = []
    assert run("bergen", lambda device, *unused: seen.append(device) or {"changed": False}, plan="planned") == {
        "changed": False
    }
    (device,) = seen
    assert (device.name, device.platform, device.access.host) == ("bergen", PLATFORM, "192.0.2.1")
    assert device.secrets == {"a.psk.1": "hush hush"}
    assert "hush hush" not in repr(device)


def test_a_fleet_is_every_device_of_the_play_and_hides_no_failure(run):
    def converge(device, *unused):
        if device.name == "narvik":
            raise RefusedError(Trouble("narvik", "the command is ambiguous", "Mend it.", "show"), "Taken back.")
        return {"changed": True}

    result = run("lns1", converge, plan="planned", fleet=True)
    assert result["changed"]
    assert result["devices"] == {
        "bergen": {"changed": True},
        "narvik": {
            "failed": True,
            "changed": False,
            "msg": "narvik: the command is ambiguous at `show`. Mend it. Taken back.",
        },
    }


def test_an_exception_nobody_expected_is_that_device_s_failure_without_secrets(run):
    def converge(device, *unused):
        raise RuntimeError("it said hush hush")

    result = run("bergen", converge, plan="planned")
    assert result == {"failed": True, "changed": False, "msg": "bergen: RuntimeError: it said «masked»"}


def test_a_missing_secret_is_the_devices_failure(run):
    result = run("lns1", plan="planned", fleet=True, hostvars={**HOSTVARS, "lns1": {}})
    assert all(one["failed"] and "lns1.branchline_psk" in one["msg"] for one in result["devices"].values())


def test_of_tells_a_device_its_own_result(run):
    assert run("bergen", of="done") == {"changed": True}


REFUSED = [
    # host      arguments                                message
    ("narvik",  {"of": "done"},                          "narvik was not in the batch"),
    ("bergen",  {"of": "nowhere"},                       "no task with fleet registered its result in nowhere"),
    ("lns1",    {"plan": "planned"},                     "the plan has no device lns1"),
    ("bergen",  {},                                      "state overridden wants plan, or desired"),
    ("bergen",  {"state": "gathered", "platform": "x"},  "platform 'x' is none of"),
    ("bergen",  {"state": "parsed"},                     "wants running_config"),
]  # fmt: skip


@pytest.mark.parametrize(("host", "arguments", "message"), REFUSED)
def test_refused(host, arguments, message, run):
    with pytest.raises(AnsibleActionFail, match=message):
        run(host, **arguments)


def test_rendered_writes_for_its_owner_alone(tmp_path):
    path = tmp_path / "rendered" / "bergen.txt"
    assert device_lines.write_file(path, "secret\n", check=True)
    assert not path.exists()
    assert [device_lines.write_file(path, "secret\n", check=False) for turn in (1, 2)] == [True, False]
    assert path.stat().st_mode & 0o777 == 0o600


def test_documentation_equals_the_arguments():
    options = yaml.safe_load(module.DOCUMENTATION)["options"]
    described = {name: {key: option[key] for key in option if key != "description"} for name, option in options.items()}
    for option in (*described.values(), *device_lines.ARGUMENTS.values()):
        option.pop("no_log", None)
        if "choices" in option:
            option["choices"] = list(option["choices"])
    assert described == device_lines.ARGUMENTS


def test_without_a_plan_a_fleet_is_every_device_of_the_play_and_all_of_branchline_s_goes(run):
    parts = []
    hostvars = {**HOSTVARS, "bergen": {"branchline_platform": PLATFORM}, "narvik": {"branchline_platform": "vyos"}}
    result = run(
        "lns1",
        lambda device, *unused: (
            parts.append((device.name, device.platform, device.desired["device"])) or {"changed": True}
        ),
        hostvars=hostvars,
        state="absent",
        fleet=True,
    )
    assert sorted(parts) == [("bergen", PLATFORM, None), ("narvik", "vyos", None)]
    assert set(result["devices"]) == {"bergen", "narvik"}


def test_what_goes_needs_no_secret_that_was_never_drawn(run):
    plan = {**PLAN, "secrets": {"a.psk.1": {"store": "a.psk.1"}}}
    seen = []
    result = run(
        "bergen",
        lambda device, *unused: seen.append(device) or {"changed": True},
        plan="planned",
        state="absent",
        known=plan,
    )
    assert (result["changed"], seen[0].secrets) == (True, {"a.psk.1": "not drawn yet (a.psk.1)"})
