"""From one configuration to another: the commands of each grammar, and what merged, overridden and absent leave."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver, package, states
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device.grammars import (
    indented,
    objects,
    shell_files,
    statements,
)
from ansible_collections.branchline.l2tp.tests.unit.plugins.plugin_utils.device import cases

IOS = {
    "shared": ["interface Gi.*"],
    "negate": [{"match": "description .*", "with": "no description"}, {"match": "keep .*", "with": ""}],
}
ROS = {"identity": {"/ip route": "comment"}, "reset": {"/server": "enabled=no"}}
VYOS = {"nodes": ["vpn l2tp", r"vpn l2tp users \S+"], "kept": [r"vpn interface \S+"]}

TABLE = [
    # grammar, rules, before, after, commands
    (indented, IOS, "a 1\n b 2\n c 3\n", "a 1\n b 4\n c 3\n", ["a 1", "no b 2", "exit", "a 1", "b 4", "exit"]),
    (indented, IOS, "a 1\n b 2\n!\nd\n", "", ["no d", "no a 1"]),
    (indented, IOS, "", "a 1\n b 2\n  c 3\n d 4\n", ["a 1", "b 2", "c 3", "exit", "d 4", "exit"]),
    (indented, IOS, "interface Gi0\n x\n", "", ["interface Gi0", "no x", "exit"]),
    (indented, IOS, "i\n description one\n", "i\n description two\n",
     ["i", "no description", "exit", "i", "description two", "exit"]),
    (indented, IOS, "keep this\nno shutdown\n", "", ["shutdown"]),
    (indented, IOS, "password 0 «a.b.1»\n", "", ["no password 0"]),
    (objects, ROS, "", "/x add name=a k=v", ["/x add name=a k=v"]),
    (objects, ROS, "/x add name=a k=v l=w", "/x add name=a k=2 l=w", ['/x set [find name="a"] k=2']),
    (objects, ROS, "/x add name=a k=v", "/x add name=a", ['/x set [find name="a"] !k']),
    (objects, ROS, "/x add name=a\n/y add name=b", "", ['/y remove [find name="b"]', '/x remove [find name="a"]']),
    (objects, ROS, '/ip route add comment="one two" d=1', "", ['/ip route remove [find comment="one two"]']),
    (objects, ROS, "/server set enabled=yes", "", ["/server set enabled=no"]),
    (objects, ROS, "/x\nadd name=a \\\n    k=v", '/x add name=a k="v w"', ['/x set [find name="a"] k="v w"']),
    (statements, VYOS, "set a b 'c d'", "set a b 'c e'", ["delete a b c d", "set a b 'c e'"]),
    (statements, VYOS, "set vpn l2tp users x p\nset vpn l2tp mtu 1", "", ["delete vpn l2tp"]),
    (statements, VYOS, "set vpn l2tp users x p\nset vpn l2tp mtu 1", "set vpn l2tp mtu 1", ["delete vpn l2tp users x"]),
    (statements, VYOS, "set vpn interface eth0", "", []),
    (shell_files, {}, "@@ /a 0600\nx\n", "", ["rm -f /a"]),
    (shell_files, {"reload": [{"match": "/etc/.*", "run": "load"}]}, "@@ /etc/a 0600\nx\n", "@@ /etc/a 0600\ny\n",
     [("mkdir -p /etc && umask 077 && cat > /etc/a.branchline <<'BRANCHLINE_END' && chmod 0600 /etc/a.branchline && "
       "mv /etc/a.branchline /etc/a\ny\nBRANCHLINE_END"), "load"]),
]  # fmt: skip


@pytest.mark.parametrize(("grammar", "rules", "before", "after", "commands"), TABLE)
def test_commands(grammar, rules, before, after, commands):
    assert grammar.difference(before, after, rules) == commands
    assert grammar.difference(after, after, rules) == []


FLAT = [
    (indented, "a\n b\n  c\n d\n!\nend\n", ["a", "a | b", "a | b | c", "a | d"]),
    (objects, '/x add name=a k="v \\"w"\n/y set e=1', ["/x [a] name a", '/x [a] k v "w', "/y [] e 1"]),
    (statements, "set a 'b c'\ndelete d", ["a b c"]),
    (shell_files, "@@ /f 0600\n[s]\nk = v\n@@ /g 0644\nt {\n  u {\n    w\n  }\n  z\n}\n# branchline x\n# no\n",
     ["/f | s | k = v", "/g | t | u | w", "/g | t | z", "/g | # branchline x"]),
]  # fmt: skip


@pytest.mark.parametrize(("grammar", "text", "lines"), FLAT)
def test_flat_lines(grammar, text, lines):
    assert grammar.flatten(text, ROS) == lines


def line(name, **values):
    """A line of IOS by its name."""
    (own,) = cases.desired("cisco_ios/ikev2")["device"]["lines"].values()
    number = {"interface": f"Virtual-PPP{len(name)}"}
    return {name: {**copy.deepcopy(own), **number, **values}}


A, B = line("a"), line("bb")
COMBINED = [
    # before     wanted       state                what is there afterwards
    (A,          B,           states.OVERRIDDEN,   B),
    (A,          B,           states.MERGED,       {**A, **B}),
    ({**A, **B}, B,           states.ABSENT,       A),
    (A,          line("a", mtu=1300), states.MERGED, line("a", mtu=1300)),
    (A,          B,           states.ABSENT,       A),
]  # fmt: skip


@pytest.mark.parametrize(("before", "wanted", "state", "after"), COMBINED)
def test_states(before, wanted, state, after):
    first, second = {"lines": before}, {"lines": wanted}
    assert driver.combined(first, second, state) == {"lines": after, "lns": None, "lac": None}
    commands = driver.difference("cisco_ios", first, second, state)
    assert bool(commands) == (before != after)


def test_users_of_others_stay_when_merged():
    server = cases.desired("cisco_ios/lns")["device"]["lns"]
    lyon = {**server, "users": {"lyon": server["users"]["lyon"]}}
    oslo = {**server, "users": {"oslo": server["users"]["oslo"]}}
    merged = driver.combined({"lns": lyon}, {"lns": oslo}, states.MERGED)
    assert merged["lns"] == server
    assert driver.combined({"lns": server}, {"lns": server}, states.ABSENT)["lns"] is None


def test_an_unknown_state_is_refused():
    with pytest.raises(ValueError, match="'gone' is none of overridden, merged, absent"):
        driver.combined({}, {}, "gone")


def test_what_is_not_ours_is_neither_seen_nor_touched():
    ours = cases.desired("cisco_ios/ikev2")["device"]
    theirs = (
        "hostname bergen\nusername admin password 0 theirs\ninterface GigabitEthernet0/0/1\n ip address dhcp\n"
        "interface Virtual-PPP9\n description theirs\n ip mtu 1400\nip route 0.0.0.0 0.0.0.0 dhcp\n"
    )
    text = theirs + driver.text("cisco_ios", ours)
    assert driver.parse("cisco_ios", {"show running-config": text}) == ours
    removal = "\n".join(driver.difference("cisco_ios", driver.parse("cisco_ios", {"": text}), {}))
    assert "admin" not in removal
    assert "Virtual-PPP9" not in removal
    assert "no interface GigabitEthernet" not in removal


def test_a_file_that_differs_in_anything_is_written_anew():
    ours = cases.desired("linux_ssh/tunnel")["device"]
    text = driver.text("linux_ssh", ours).replace("dpd_delay = 5s", "dpd_delay = 500s")
    seen = driver.parse("linux_ssh", {"": text})
    assert seen["lines"] == ours["lines"]
    assert "dpd_delay = 500s" in driver.text("linux_ssh", seen)
    first, *others = driver.difference("linux_ssh", seen, ours)
    assert "/etc/swanctl/conf.d/branchline.conf" in first
    assert others == ["swanctl --load-all --noprompt >/dev/null"]


def test_an_unknown_platform_lists_those_that_there_are():
    with pytest.raises(
        driver.UnknownPlatformError, match="no platform 'junos'; there are cisco_ios, cisco_iosxe, linux_"
    ):
        driver.capabilities("junos")


def test_a_package_that_extends_another_one_has_all_of_it():
    child, parent = package.load("cisco_iosxe"), package.load("cisco_ios")
    assert child.platform["parse"] == parent.platform["parse"]
    assert child.capabilities["roles"] == parent.capabilities["roles"]
    assert child.capabilities["title"] != parent.capabilities["title"]
    assert "aes256gcm16" in child.capabilities["algorithms"]["esp"]
    assert "aes256gcm16" not in parent.capabilities["algorithms"]["esp"]
