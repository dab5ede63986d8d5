"""The LNSs of a line beside its own: what is right, what is wrong by field, and the line towards each of them."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from branchline.config import InvalidConfigError, parse
from branchline.line_config import choices, towards
from branchline.standby_config import Failover
from branchline.trunk_config import Choice, Ipsec

LNS2 = {"lns": "203.0.113.11", "ipsec": {"connection": "oslo-lns2"}, "routes": ["10.10.0.0/24"], "preference": 20}
LINE = {
    "lns": "203.0.113.10", "ipsec": {"connection": "oslo-lns1"}, "user": "oslo", "secret": "ppp secret",
    "interface": "oslo-lns1", "tunnel_secret": "one", "hide_avps": True, "source_port": 1702, "standby": {"lns2": LNS2},
}  # fmt: skip


def read(line: dict[str, Any]):
    return parse({"version": 1, "host_name": "oslo", "lines": {"oslo-lns1": line}}).lines["oslo-lns1"]


def changed(path: str, value: Any) -> dict[str, Any]:
    line: Any = copy.deepcopy(LINE)
    *parents, last = path.split("/")
    place = line
    for name in parents:
        place = place.setdefault(name, {})
    place[last] = value
    return line


def test_a_line_without_any_has_its_own_lns_alone():
    line = read({**LINE, "standby": {}})
    assert (choices(line), line.failover) == ((Choice("", 10, 1),), Failover(setup=6, dead=60, again=60, spread=3))
    assert towards(line, "") == line


def test_each_has_its_place():
    assert choices(read(LINE)) == (Choice("", 10, 1), Choice("lns2", 20, 1))


def test_a_line_towards_another_is_a_whole_line():
    own = read(LINE)
    other = towards(own, "lns2")
    assert (other.lns, other.port, other.ipsec) == ("203.0.113.11", 1701, Ipsec("oslo-lns2", "l2tp", virtual_ip=False))
    assert (other.tunnel_secret, other.hide_avps, other.source_port, other.address) == (None, False, 0, None)
    assert (other.routes, other.preference, other.standby) == (("10.10.0.0/24",), 20, {})
    shared = ("name", "user", "secret", "auth", "interface", "mtu", "hello", "echo", "dial", "failover")
    assert [getattr(other, name) for name in shared] == [getattr(own, name) for name in shared]


def test_seconds_of_failover():
    failover = {"setup": 2, "dead": 30, "return": 20, "spread": 0.5}
    assert read({**LINE, "failover": failover}).failover == Failover(setup=2, dead=30, again=20, spread=0.5)


def test_secrets_are_not_in_what_is_printed():
    assert "hush" not in repr(read(changed("standby/lns2/tunnel_secret", "hush")))


SAME = {**LNS2, "ipsec": {"connection": "oslo-lns3"}, "source_port": 1702}
REFUSED = [
    # path                             value         the field that the error names
    ("preference", -1, "preference"),
    ("weight", 0, "weight"),
    ("standby", [], "standby"),
    ("standby/lns2", "203.0.113.11", "standby.lns2"),
    ("standby/lns2/lns", "lns2.example", "standby.lns2.lns"),
    ("standby/lns2/user", "oslo", "standby.lns2.user"),
    ("standby/lns2/hide_avps", True, "standby.lns2.hide_avps"),
    ("standby/lns2/routes", ["10.0.0.1/8"], "standby.lns2.routes[0]"),
    ("standby/lns2/weight", 0, "standby.lns2.weight"),
    ("standby/lns2/source_port", 1702, "standby.lns2.source_port"),
    ("standby/lns2/ipsec", {"connection": "oslo-lns1"}, "standby.lns2.ipsec.connection"),
    ("standby/lns3", SAME, "standby.lns3.source_port"),
    ("failover", 6, "failover"),
    ("failover/setup", 0, "failover.setup"),
    ("failover/dead", -1, "failover.dead"),
    ("failover/return", 0, "failover.return"),
    ("failover/spread", "3", "failover.spread"),
    ("failover/idle", 3, "failover.idle"),
]


@pytest.mark.parametrize(("path", "value", "field"), REFUSED)
def test_a_wrong_field_is_named(path, value, field):
    with pytest.raises(InvalidConfigError) as caught:
        read(changed(path, value))
    assert [error.field for error in caught.value.errors] == [f"lines.oslo-lns1.{field}"]


def test_virtual_ips_have_ports_of_their_own():
    ipsec = {"connection": "oslo-lns2", "virtual_ip": True}
    assert read(changed("standby/lns2", {**LNS2, "ipsec": ipsec, "source_port": 1702})).standby["lns2"]


def test_a_pppoe_line_has_no_lns_to_turn_to():
    line = {"user": "oslo", "secret": "x", "interface": "oslo", "pppoe": {"interface": "eth1"}, "standby": {}}
    with pytest.raises(InvalidConfigError) as caught:
        read(line)
    assert [error.field for error in caught.value.errors] == ["lines.oslo-lns1.standby"]
