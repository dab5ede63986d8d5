"""The sections `lac` and `pppoe` of engine.json: what they default to, and what is wrong with them, by field."""

from __future__ import annotations

import pytest
from tests.lac.world import HOST, LAC
from tests.lines.world import changed

from branchline.config import InvalidConfigError, parse
from branchline.lac_config import Access
from branchline.pppoe_config import Pppoe


def test_defaults():
    lac = parse(LAC).lac
    assert (lac.ac_name, lac.services, lac.auth, lac.default_realm) == (
        "lac1",
        {"": None},
        ("mschapv2", "chap-md5"),
        None,
    )
    assert lac.interfaces == (Access("eth1", frozenset((0,)), None),)
    assert lac.callers == {"home1@corp.example": "home1-lns1"}


def test_a_line_over_pppoe():
    line = parse(changed(HOST, "lines/home1-lns1/mtu", ...)).lines["home1-lns1"]
    assert line.pppoe == Pppoe("eth1", 0, "", None, False)
    assert (line.lns, line.ipsec, line.mtu) == ("", None, 1492)


def test_secrets_are_not_shown():
    assert "trunk secret" not in repr(parse(LAC))


DIALLED = changed(LAC, "lac/services", [{"name": "standby", "wait": True}])
DIALLED["lac"]["circuits"] = {}
WRONG = [
    # document, field, value, the field that is named, words
    (LAC, "lac/interfaces", [], "lac.interfaces", "names no interface"),
    (LAC, "lac/interfaces", [{"interface": "e/th"}], "lac.interfaces[0].interface", "interface name"),
    (LAC, "lac/interfaces", [{"interface": "a", "vlans": []}], "lac.interfaces[0].vlans", "names no VLAN"),
    (LAC, "lac/interfaces", [{"interface": "a", "vlans": [4095]}], "lac.interfaces[0].vlans", "from 0 to 4094"),
    (LAC, "lac/interfaces", [{"interface": "a", "vlans": [True]}], "lac.interfaces[0].vlans", "from 0 to 4094"),
    (LAC, "lac/interfaces", [{"interface": "a", "realm": "x"}], "lac.interfaces[0].realm", "no realm 'x'"),
    (LAC, "lac/interfaces", [{"interface": "a"}, {"interface": "a"}], "lac.interfaces", "more than once"),
    (LAC, "lac/services", [{"name": "s", "realm": "x"}], "lac.services.s.realm", "no realm 'x'"),
    (LAC, "lac/default_realm", "x", "lac.default_realm", "no realm 'x'"),
    (LAC, "lac/realms/corp.example", {"lns": []}, "lac.realms.corp.example.lns", "names no LNS"),
    (LAC, "lac/realms/corp.example", {"lns": [{"line": "x"}]}, "lac.realms.corp.example.lns[0].line", "is no LNS"),
    (LAC, "lac/mru", 1501, "lac.mru", "from 576 to 1500"),
    (LAC, "lac/auth", ["eap"], "lac.auth", "mschapv2"),
    (LAC, "lac/callers/other", {"line": "home1-lns1"}, "lac.callers", "more than once"),
    (LAC, "lac/lnss", {}, "lac.lnss", "is not known"),
    (LAC, "lac/circuits", {"7": {"line": "x", "mac": "02:00:00:00:00:02"}}, "lac.circuits", "no host can wait"),
    (DIALLED, "lac/circuits/7", {"line": "x"}, "lac.circuits.7.mac", "tells no host from another"),
    (
        DIALLED,
        "lac/circuits/7",
        {"line": "x", "mac": "a", "dialler": "run"},
        "lac.circuits.7.dialler",
        "a list of texts",
    ),
    (DIALLED, "lac/circuits/7", {"line": "x", "service": "gold"}, "lac.circuits.7.service", "no host can wait for"),
    (DIALLED, "lac/circuits/7", {"line": "home1-lns1", "mac": "a"}, "lac.callers", "more than once"),
    (HOST, "lines/home1-lns1/mtu", 1501, "lines.home1-lns1.mtu", "from 576 to 1500"),
    (HOST, "lines/home1-lns1/lns", "192.0.2.1", "lines.home1-lns1.lns", "is not known"),
    (HOST, "lines/home1-lns1/pppoe/vlan", 5000, "lines.home1-lns1.pppoe.vlan", "from 0 to 4094"),
    (HOST, "lines/home1-lns1/pppoe/interface", ..., "lines.home1-lns1.pppoe.interface", "is missing"),
    (HOST, "lines/home1-lns1/pppoe/service", 7, "lines.home1-lns1.pppoe.service", "give a text"),
]


@pytest.mark.parametrize(("document", "field", "value", "path", "words"), WRONG)
def test_what_is_wrong_is_named(document, field, value, path, words):
    with pytest.raises(InvalidConfigError) as raised:
        parse(changed(document, field, value))
    assert [error.field for error in raised.value.errors] == [path]
    assert words in str(raised.value)
