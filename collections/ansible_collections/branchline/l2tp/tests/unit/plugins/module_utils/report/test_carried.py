"""Lines that a gateway or LAC carries on: neighbours must speak of the same SA, session and call."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder.rung import NAMES
from ansible_collections.branchline.l2tp.plugins.module_utils.report import topology_svg
from ansible_collections.branchline.l2tp.plugins.module_utils.report.evidence_join import Answer, join

MULTIHOP: dict[str, Any] = {
    "name": "bergen-lns2", "kind": "multihop", "ends": ["bergen", "gw1", "lns2"], "managed": {},
    "hops": [{"name": "bergen-lns2", "ends": ["bergen", "gw1"]}, {"name": "gw1-lns2", "ends": ["gw1", "lns2"]}],
}  # fmt: skip
COMPULSORY: dict[str, Any] = {
    "name": "home1-lns1", "kind": "compulsory", "ends": ["home1", "lac1", "lns1"], "managed": {},
    "hops": [{"name": "lac1-lns1", "ends": ["lac1", "lns1"]}],
}  # fmt: skip


def tunnel(ike: str, spi: str, ours: int, theirs: int, **more: Any) -> dict[int, dict[str, Any]]:
    """The evidence of rungs 2 to 4 about one tunnel."""
    ids = {"id": ours, "peer_id": theirs}
    return {2: {"initiator_spi": ike, "responder_spi": ike}, 3: {"spis": [spi]}, 4: {"session": ids, **more}}


def said(**hops: dict[int, dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """The evidence of a host between, by tunnel; underscores stand for hyphens."""
    return {number: {name.replace("_", "-"): own[number] for name, own in hops.items()} for number in (2, 3, 4)}


SAID = {
    "bergen": tunnel("i1", "s1", 1, 2, correlation="c0ffee"),
    "gw1": said(
        bergen_lns2=tunnel("i1", "s1", 2, 1, correlation="c0ffee"),
        gw1_lns2=tunnel("i2", "s2", 3, 4, correlation="c0ffee"),
    ),
    "lns2": tunnel("i2", "s2", 4, 3, correlation="c0ffee"),
    "home1": {2: {}, 3: {}, 4: {"pppoe": {"session": 77}}},
    "lac1": said(lac1_lns1=tunnel("i3", "s3", 5, 6, pppoe={"session": 77})),
    "lns1": tunnel("i3", "s3", 6, 5, pppoe=None),
}


def answers(everything: dict[str, Any]) -> dict[str, Answer]:
    return {host: Answer(lines={line: answer(own) for line in LINES_OF[host]}) for host, own in everything.items()}


LINES_OF = {host: [line["name"]] for line in (MULTIHOP, COMPULSORY) for host in line["ends"]}


def answer(own: dict[int, dict[str, Any]]) -> dict[str, Any]:
    rungs = [{"rung": number, "ok": True, "evidence": own.get(number, {})} for number in NAMES]
    return {"state": "open", "rungs": rungs}


def test_all_three_hosts_prove_it():
    for line in join([MULTIHOP, COMPULSORY], answers(SAID)):
        assert (line["proven"], line["notes"]) == (True, [])


DIFFERENT = [
    # host, rung, where in its evidence, another value -> what is said of the line
    ("bergen", 2, ["initiator_spi"], "ix", "different IKE SAs"),
    ("gw1", 3, ["gw1-lns2", "spis"], ["sx"], "different child SAs"),
    ("gw1", 4, ["bergen-lns2", "session"], {"id": 9, "peer_id": 1}, "different sessions"),
    ("lns2", 4, ["session"], {"id": 9, "peer_id": 3}, "different sessions"),
    ("lns2", 4, ["correlation"], "bad", "different calls"),
    ("home1", 4, ["pppoe"], {"session": 78}, "different PPPoE sessions"),
    ("lns1", 4, ["session"], {"id": 9, "peer_id": 5}, "different sessions"),
]


@pytest.mark.parametrize(("host", "rung", "path", "value", "words"), DIFFERENT)
def test_neighbours_that_disagree_prove_nothing(host, rung, path, value, words):
    changed = copy.deepcopy(SAID)
    place = changed[host][rung]
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    lines = join([MULTIHOP, COMPULSORY], answers(changed))
    (wrong,) = [line for line in lines if not line["proven"]]
    assert host in wrong["ends"]
    assert words in wrong["rungs"][rung - 1]["what"]["both"]


def test_the_host_between_is_drawn():
    (link, other) = topology_svg.links(join([MULTIHOP, COMPULSORY], answers(SAID)))
    assert {link.between, other.between} == {"gw1", "lac1"}
