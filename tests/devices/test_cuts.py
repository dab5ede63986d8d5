"""A session that is cut in the middle of a change, or a command that is refused: the device ends as it was before.

The emulator's time is the tests': a rollback happens when `expire` says so, and not because a machine is slow.
"""

from __future__ import annotations

import copy

import pytest
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.errors import DeviceError

IOS, XE, VYOS, ROS = "cisco_ios", "cisco_iosxe", "vyos", "mikrotik_routeros"

CUTS = [
    # platform  mechanism            the session is cut at                  is a rollback armed by then?
    (XE,        "revert timer",      r"^configure terminal revert",         False),
    (XE,        "revert timer",      r"^interface Virtual-PPP",             True),
    (XE,        "revert timer",      r"^end$",                              True),
    (XE,        "revert timer",      r"^configure confirm",                 True),
    (IOS,       "reload in",         r"^reload in",                         False),
    (IOS,       "reload in",         r"^interface Virtual-PPP",             True),
    (IOS,       "reload in",         r"^reload cancel",                     True),
    (VYOS,      "commit-confirm",    r"^set vpn l2tp remote-access mtu",    False),
    (VYOS,      "commit-confirm",    r"^commit-confirm",                    False),
    (VYOS,      "commit-confirm",    r"^exit$",                             True),
    (VYOS,      "commit-confirm",    r"^confirm$",                          True),
    (ROS,       "scheduled restore", r"^/system backup save",               False),
    (ROS,       "scheduled restore", r"^/interface l2tp-client add",        True),
    (ROS,       "scheduled restore", r"^/system scheduler remove",          True),
]  # fmt: skip


def without_empty(config):
    """A menu of RouterOS that has nothing is as one that was never opened."""
    return {name: items for name, items in config.items() if items != []} if isinstance(config, dict) else config


def configured(device, mechanism):
    """Whether the device offers the mechanism: IOS reloads only where it has no archive."""
    if mechanism == "reload in":
        del device.emulated.config["archive"]
        device.emulated.startup = copy.deepcopy(device.emulated.config)
    return copy.deepcopy(device.emulated.config)


@pytest.mark.parametrize(("platform", "mechanism", "at", "armed"), CUTS)
def test_a_cut_session_leaves_the_device_as_it_was(bench, platform, mechanism, at, armed):
    device = bench(platform, faults={"cut": (at, 1)})
    before = configured(device, mechanism)
    with pytest.raises(DeviceError, match="the session was cut at") as error:
        device.converge()
    assert f"within 5 minutes ({mechanism})" in str(error.value)
    emulated = device.emulated
    assert (emulated.timer is not None) == armed
    if armed:
        assert emulated.minutes == 5
    assert emulated.expire() == armed
    assert without_empty(emulated.config) == without_empty(before)


def test_a_device_that_is_another_after_the_change_takes_it_back(bench):
    """The fresh session is what confirms; here another host key answers it."""
    device = bench(XE)
    before, enter = copy.deepcopy(device.emulated.config), device.emulated.answer

    def answer(session, line):
        if line == "end":
            device.known_hosts.write_text("")
        return enter(session, line)

    device.emulated.answer = answer
    with pytest.raises(DeviceError, match="That was the session to confirm the change"):
        device.converge()
    assert device.emulated.expire()
    assert device.emulated.config == before


REFUSED = [
    # platform  mechanism            what is refused
    (XE,        "revert timer",      r"^interface Virtual-PPP"),
    (VYOS,      "commit-confirm",    r"^set vpn l2tp remote-access mtu"),
]  # fmt: skip


@pytest.mark.parametrize(("platform", "mechanism", "what"), REFUSED)
def test_a_refused_command_takes_all_back_at_once(bench, platform, mechanism, what):
    device = bench(platform, faults={"refuse": (what, 1)})
    before = configured(device, mechanism)
    with pytest.raises(DeviceError, match="The change was taken back at once"):
        device.converge()
    assert not device.emulated.timer
    assert without_empty(device.emulated.config) == without_empty(before)


def test_a_commit_that_fails_is_taken_back_by_the_timer_that_it_has_armed(bench):
    device = bench(VYOS)
    before = configured(device, "")
    device.emulated.broken = "[[vpn l2tp remote-access]] failed"
    with pytest.raises(DeviceError, match="the device refused the whole at `commit-confirm 5`") as error:
        device.converge()
    assert "the device takes it back within 5 minutes (commit-confirm)" in str(error.value)
    assert device.emulated.expire()
    assert device.emulated.config == before


@pytest.mark.parametrize("platform", [IOS, ROS])
def test_where_nothing_takes_back_at_once_the_armed_rollback_does(bench, platform):
    refused = "^interface Virtual-PPP" if platform == IOS else "^/interface l2tp-client add"
    device = bench(platform, faults={"refuse": (refused, 1)})
    before = configured(device, "reload in" if platform == IOS else "")
    with pytest.raises(DeviceError, match="the device takes it back within 5 minutes"):
        device.converge()
    assert device.emulated.expire()
    assert without_empty(device.emulated.config) == without_empty(before)


UNSAVED = [
    # platform  at what the device says so
    (IOS,       "reload in 5"),
    (VYOS,      "commit-confirm 5"),
]  # fmt: skip


@pytest.mark.parametrize(("platform", "at"), UNSAVED)
def test_changes_that_somebody_left_unsaved_are_not_reloaded_away(bench, platform, at):
    device = bench(platform)
    if platform == IOS:
        configured(device, "reload in")
        device.emulated.config["hostname elsewhere"] = {}
    else:
        device.emulated.config.append(("system", "domain-name", "elsewhere.example"))
    before = copy.deepcopy(device.emulated.config)
    with pytest.raises(DeviceError, match=f"somebody left changes unsaved at `{at}`"):
        device.converge()
    assert without_empty(device.emulated.config) == without_empty(before)
    assert not device.emulated.timer


@pytest.mark.parametrize("platform", [IOS, XE, VYOS])
def test_somebody_s_pending_rollback_is_not_disturbed(bench, platform):
    device = bench(platform)
    if platform == IOS:
        configured(device, "reload in")
    device.emulated.arm(3)
    with pytest.raises(DeviceError, match="a rollback is under way already"):
        device.converge()
    assert device.emulated.minutes == 3
