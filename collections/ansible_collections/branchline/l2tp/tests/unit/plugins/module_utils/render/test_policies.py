"""ESP within AH: the policies that `ip -batch` loads, and that a kernel without such lines has none of."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.render.policies import render_policies

BRANCH = {"local": "0.0.0.0/0", "local_port": 20001, "remote": "203.0.113.10/32", "remote_port": 1701}
LNS = {"local": "203.0.113.10/32", "local_port": 1701, "remote": "0.0.0.0/0", "remote_port": 0}
BOTH = "priority 401701 tmpl proto esp mode transport reqid 1701 tmpl proto ah mode transport reqid 1702"
TEXTS = [
    ([], []),
    ([BRANCH], [
        f"xfrm policy add src 0.0.0.0/0 dst 203.0.113.10/32 proto udp sport 20001 dport 1701 dir out {BOTH}",
        f"xfrm policy add src 203.0.113.10/32 dst 0.0.0.0/0 proto udp sport 1701 dport 20001 dir in {BOTH}",
    ]),
    ([LNS], [
        f"xfrm policy add src 203.0.113.10/32 dst 0.0.0.0/0 proto udp sport 1701 dir out {BOTH}",
        f"xfrm policy add src 0.0.0.0/0 dst 203.0.113.10/32 proto udp dport 1701 dir in {BOTH}",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("bundles", "lines"), TEXTS)
def test_policies(bundles, lines):
    assert render_policies(bundles).splitlines() == lines


def test_only_networks():
    with pytest.raises(ValueError, match="network"):
        render_policies([LNS | {"remote": "0.0.0.0/0 dir out"}])
