"""Two ends over a wire that loses, doubles and overtakes (RFC 1661 4.6: what is lost is sent again)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from two_ends import BRANCH_END, CLIENT, DNS, LNS, LNS_END, both_open, connect

from branchline.ppp.config import Policy
from branchline.ppp.events import (
    Authenticated,
    NetworkUp,
)

METHODS = ("mschapv2", "chap-md5", "pap")


PATIENT = Policy(
    max_configure=60, max_rounds=200, max_failure=60, auth_limit=600.0, establish_limit=600.0, network_limit=600.0
)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", range(25))
def test_opens_over_a_bad_wire(seed, method):
    """A third of the frames is lost, a tenth comes twice, and they overtake each other by up to a second."""
    client = replace(CLIENT, answer=(method,), policy=PATIENT, echo=0.0)
    lns = replace(LNS, demand=METHODS, policy=PATIENT, echo=0.0)
    wire = connect(client, lns, seed=seed, loss=0.33, doubles=0.1, slow=1.0)
    wire.run(both_open(wire))
    assert wire.a.last(NetworkUp) == NetworkUp(BRANCH_END, LNS_END, DNS)
    assert wire.b.last(NetworkUp) == NetworkUp(LNS_END, BRANCH_END, ())


@pytest.mark.parametrize("seed", range(25))
def test_ends_over_a_bad_wire(seed):
    """With ordinary patience every link ends up open or down with a reason, on both ends."""
    wire = connect(seed=seed, loss=0.5, doubles=0.2, slow=4.0)
    wire.run(lambda: all(end.link.network_open or end.reason for end in (wire.a, wire.b)))
    for end in (wire.a, wire.b):
        assert end.link.network_open or end.reason


@pytest.mark.parametrize("seed", range(10))
def test_wrong_secret_over_a_bad_wire(seed):
    wire = connect(replace(CLIENT, secret=b"guess"), seed=seed, loss=0.3, doubles=0.1, slow=1.0).run()
    assert wire.a.reason
    assert wire.b.reason
    assert wire.b.last(Authenticated) is None
