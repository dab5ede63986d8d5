"""engine.json to values: what is right, and every way to get it wrong, told by field."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from branchline.config import InvalidConfigError, parse

LINE = {"lns": "203.0.113.10", "user": "oslo", "secret": "ppp secret", "interface": "oslo-lns1"}
LNS = {
    "listen": [{"address": "203.0.113.10"}],
    "address": "10.20.0.1",
    "pools": {"branches": ["10.20.0.16-10.20.0.31"]},
    "peers": {"oslo": {"secret": "tunnel secret"}},
    "users": {"oslo": {"line": "oslo-lns1", "secret": "ppp secret", "pool": "branches"}},
}
WHOLE = {"version": 1, "host_name": "h", "lns": LNS, "lines": {"oslo-lns1": LINE}}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The right document with one field set, or removed where `value` is Ellipsis."""
    document: Any = copy.deepcopy(WHOLE)
    *parents, last = path.split("/")
    place = document
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place[name]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return document


def test_defaults_are_right_for_most():
    config = parse(WHOLE)
    line = config.lines["oslo-lns1"]
    assert (config.datapath, config.mark, line.port, line.mtu, line.source_port) == ("auto", None, 1701, 1360, 0)
    assert line.auth == ("mschapv2", "chap-md5")
    assert (line.hello, line.echo, line.enabled, line.default_route) == (60.0, 10.0, True, False)
    assert config.lns is not None
    assert config.lns.users["oslo"].address is None
    assert config.lns.pools == {"branches": ("10.20.0.16-10.20.0.31",)}


def test_neither_lns_nor_lines_is_a_configuration_too():
    config = parse({"version": 1, "host_name": "h"})
    assert (config.lns, config.lines) == (None, {})


def test_secrets_are_not_in_what_is_printed():
    assert "secret'" not in repr(parse(WHOLE)).replace("require_tunnel_secret", "")
    assert "ppp secret" not in repr(parse(WHOLE))


REFUSED = [
    # path                         value                the field that the error names
    ("version", 2, "version"),
    ("host_name", ..., "host_name"),
    ("host_name", "", "host_name"),
    ("datapath", "fpga", "datapath"),
    ("mark", -1, "mark"),
    ("colour", "red", "colour"),
    ("lines", [], "lines"),
    ("lines/oslo-lns1", "x", "lines.oslo-lns1"),
    ("lines/oslo-lns1/lns", "lns1.example", "lines.oslo-lns1.lns"),
    ("lines/oslo-lns1/lns", ..., "lines.oslo-lns1.lns"),
    ("lines/oslo-lns1/port", 0, "lines.oslo-lns1.port"),
    ("lines/oslo-lns1/port", True, "lines.oslo-lns1.port"),
    ("lines/oslo-lns1/mtu", 100, "lines.oslo-lns1.mtu"),
    ("lines/oslo-lns1/auth", ["mschap"], "lines.oslo-lns1.auth"),
    ("lines/oslo-lns1/auth", [], "lines.oslo-lns1.auth"),
    ("lines/oslo-lns1/auth", ["pap", "pap"], "lines.oslo-lns1.auth"),
    ("lines/oslo-lns1/interface", "much-too-long-a-name", "lines.oslo-lns1.interface"),
    ("lines/oslo-lns1/interface", "l2tp0", "lines.oslo-lns1.interface"),
    ("lines/oslo-lns1/routes", ["10.0.0.1/8"], "lines.oslo-lns1.routes[0]"),
    ("lines/oslo-lns1/routes", "10.0.0.0/8", "lines.oslo-lns1.routes"),
    ("lines/oslo-lns1/hide_avps", True, "lines.oslo-lns1.hide_avps"),
    ("lines/oslo-lns1/ipsec", {}, "lines.oslo-lns1.ipsec.connection"),
    ("lns/listen", [{"address": "0.0.0.0"}], "lns.listen[0].address"),
    ("lns/listen/0/port", "1701", "lns.listen[0].port"),
    ("lns/dns", ["10.0.0.1", "10.0.0.2", "10.0.0.3"], "lns.dns"),
    ("lns/pools/branches", ["10.20.0.31-10.20.0.16"], "lns.pools.branches[0]"),
    ("lns/pools/branches", "10.20.0.0/24", "lns.pools.branches"),
    ("lns/users/oslo/pool", "elsewhere", "lns.users.oslo.pool"),
    ("lns/users/oslo/pool", ..., "lns.users.oslo"),
    ("lns/users/oslo/address", "10.20.0.1", "lns.users.oslo.address"),
    ("lns/users/oslo/secret", 5, "lns.users.oslo.secret"),
    ("lns/users/second", {"line": "oslo-lns1", "secret": "x", "pool": "branches"}, "lns.users.second.line"),
    ("lns/peers/oslo", {}, "lns.peers.oslo.secret"),
    ("lns/pace", 0, "lns.pace"),
]


@pytest.mark.parametrize(("path", "value", "field"), REFUSED)
def test_a_wrong_field_is_named(path, value, field):
    with pytest.raises(InvalidConfigError) as caught:
        parse(changed(path, value))
    assert [error.field for error in caught.value.errors] == [field]
    assert all(error.message and error.remedy for error in caught.value.errors)


def test_everything_wrong_is_told_at_once():
    document = changed("lines/oslo-lns1/mtu", 1)
    document["lns"]["listen"] = [{"address": "everywhere"}]
    document["colour"] = "red"
    with pytest.raises(InvalidConfigError) as caught:
        parse(document)
    assert {error.field for error in caught.value.errors} == {
        "lines.oslo-lns1.mtu", "lns.listen[0].address", "colour",
    }  # fmt: skip


@pytest.mark.parametrize("document", [None, [], "x", 5, True])
def test_what_is_no_object_is_refused(document):
    with pytest.raises(InvalidConfigError):
        parse(document)


def test_no_error_repeats_a_text_that_may_be_a_secret():
    with pytest.raises(InvalidConfigError) as caught:
        parse(changed("lines/oslo-lns1/lns", "hunter2"))
    assert "hunter2" not in str(caught.value)
