"""Which rule a call falls under, and what is wrong with a section `gateway`."""

from __future__ import annotations

import pytest
from tests.gateway.world import GATEWAY
from tests.lines.world import changed

from branchline.config import InvalidConfigError, parse
from branchline.gateway.rules import choose, may_match, must_ask
from branchline.l2tp.call import Call, ProxyAuthentication

LNS = [{"line": "gw1-lns2"}]
RULES = parse(
    changed(
        GATEWAY,
        "gateway/rules",
        [
            {"host_name": "oslo", "line": "oslo-lns2", "lns": LNS},
            {"called_number": "5551000", "lns": LNS},
            {"realm": "corp.example", "lns": LNS},
            {"host_name": "lac1", "realm": "other.example", "lns": LNS},
            {"host_name": "lyon", "called_number": "1", "lns": LNS},
        ],
    )
).gateway.rules

CALLS = [
    # host name, called, name that a LAC has authenticated -> rule
    ("oslo", "", None, 0),
    ("oslo", "5551000", "x@corp.example", 0),
    ("lyon", "5551000", None, 1),
    ("lyon", "", "x@corp.example", 2),
    ("lyon", "", "x@y@corp.example", 2),
    ("lyon", "", "corp.example", None),
    ("lac1", "", "x@other.example", 3),
    ("lyon", "", "x@other.example", None),
    ("lyon", "1", None, 4),
    ("lyon", "2", None, None),
]


@pytest.mark.parametrize(("host_name", "called", "name", "rule"), CALLS)
def test_the_first_rule_that_fits(host_name, called, name, rule):
    call = Call(serial=1, called_number=called, proxy=ProxyAuthentication(name=name) if name else None)
    assert choose(RULES, host_name, call) == (None if rule is None else RULES[rule])
    assert rule is None or may_match(RULES[rule], host_name, call)


ASKED = [
    # rules, by what each asks for                       host   called  a LAC's  the gateway asks
    ([{"realm": "a"}], "oslo", "", None, True),
    ([{"realm": "a"}], "oslo", "", "x@a", False),
    ([{"realm": "a"}], "oslo", "", "x", False),
    ([{"host_name": "oslo"}, {"realm": "a"}], "oslo", "", None, False),
    ([{"host_name": "oslo"}, {"realm": "a"}], "lyon", "", None, True),
    ([{"called_number": "5"}, {"realm": "a"}], "oslo", "5", None, False),
    ([{"called_number": "5"}, {"realm": "a"}], "oslo", "6", None, True),
    ([{"host_name": "oslo", "realm": "a"}, {"host_name": "lyon"}], "lyon", "", None, False),
    ([{"host_name": "oslo", "realm": "a"}, {"host_name": "oslo"}], "oslo", "", None, True),
    ([{"host_name": "oslo"}], "lyon", "", None, False),
]


@pytest.mark.parametrize(("conditions", "host_name", "called", "name", "asks"), ASKED)
def test_who_has_to_say_who_it_is(conditions, host_name, called, name, asks):
    rules = parse(changed(GATEWAY, "gateway/rules", [{**each, "lns": LNS} for each in conditions])).gateway.rules
    call = Call(serial=1, called_number=called, proxy=ProxyAuthentication(name=name) if name else None)
    assert must_ask(rules, host_name, call) is asks


WRONG = [
    # what is changed                         where it is said              words
    ("gateway/rules/0/lns", [], "gateway.rules[0].lns", "names no LNS"),
    ("gateway/rules/0/lns", [{"line": "x"}], "gateway.rules[0].lns[0].line", "'x' is no LNS"),
    ("gateway/rules/0/lns", [{"line": "gw1-lns2", "weight": 0}], "gateway.rules[0].lns[0].weight", "is 0"),
    ("gateway/rules", [{"lns": LNS}, {"realm": "r", "lns": LNS}], "gateway.rules[0]", "for every call"),
    ("gateway/rules", [{"lns": LNS}, {"lns": LNS}], "gateway.rules[1]", "never reached"),
    ("gateway/rules", [{"realm": r, "line": "l", "lns": LNS} for r in "ab"], "gateway.rules[1].line", "another rule"),
    ("gateway/rules/0/user", "x", "gateway.rules[0].user", "is not known"),
    ("gateway/listen", [], "gateway.listen", "names no address"),
    ("gateway/lns/gw1-lns2/address", "lns2", "gateway.lns.gw1-lns2.address", "IPv4"),
    ("gateway/lns/gw1-lns2/tunnel_secret", None, "gateway.lns.gw1-lns2.hide_avps", "needs tunnel_secret"),
    ("gateway/auth", ["eap"], "gateway.auth", "is a list"),
    ("gateway/mru", 100, "gateway.mru", "is 100"),
    ("gateway/dead", -1, "gateway.dead", "is -1"),
    ("lns", {"listen": [{"address": "127.0.0.1"}], "address": "10.0.0.1"}, "gateway.listen", "lns.listen"),
]


@pytest.mark.parametrize(("path", "value", "field", "words"), WRONG)
def test_what_is_wrong_is_said(path, value, field, words):
    document = changed(GATEWAY, "gateway/listen", [{"address": "127.0.0.1"}])
    *parents, last = path.split("/")
    place = document
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place[name]
    place[last] = value
    with pytest.raises(InvalidConfigError) as caught:
        parse(document)
    assert [str(error) for error in caught.value.errors if error.field == field and words in str(error)]
