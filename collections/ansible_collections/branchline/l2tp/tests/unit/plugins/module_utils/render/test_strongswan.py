"""How charon runs: the plugins and their order, and the settings that each backend needs."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.render.settings import RenderError
from ansible_collections.branchline.l2tp.plugins.module_utils.render.strongswan import render_strongswan
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.render.settings_syntax import parse


def charon(*args, **kwargs):
    return parse(render_strongswan(*args, **kwargs))["charon-systemd"]


def test_libipsec_comes_before_netlink_and_is_switched_on():
    tree = charon("libipsec")
    load = tree["load"].split()
    assert load.index("kernel-libipsec") < load.index("kernel-netlink")
    assert tree["load_modular"] == "no"
    assert tree["plugins"]["kernel-libipsec"] == {"load": "yes", "allow_peer_ts": "yes"}
    assert tree["plugins"]["kernel-netlink"] == {"fwmark": "0x1701"}
    assert tree["install_virtual_ip"] == tree["install_routes"] == "yes"


def test_the_kernel_needs_no_mark():
    tree = charon("kernel")
    assert "kernel-libipsec" not in tree["load"]
    assert list(tree["plugins"]) == ["vici"]


def test_a_dead_peer_is_known_within_eleven_seconds():
    tree = charon("kernel")
    first, base = float(tree["retransmit_timeout"]), float(tree["retransmit_base"])
    assert 10 < sum(first * base**attempt for attempt in range(int(tree["retransmit_tries"]) + 1)) < 11


@pytest.mark.parametrize("backend", ["libipsec", "kernel"])
def test_no_plugin_runs_commands_and_no_log_shows_secrets(backend):
    tree = charon(backend)
    assert not {"updown", "ext-auth", "resolve"} & set(tree["load"].split())
    assert all(int(level) < 4 for level in tree["journal"].values())


def test_plugins_of_the_hosts_other_uses():
    load = charon("kernel", plugins=("eap-mschapv2", "vici"))["load"].split()
    assert load[-1] == "eap-mschapv2"
    assert load.count("vici") == 1


@pytest.mark.parametrize(("backend", "plugins"), [("none", ()), ("auto", ()), ("kernel", ("a }",))])
def test_refusals(backend, plugins):
    with pytest.raises(RenderError):
        render_strongswan(backend, plugins=plugins)
