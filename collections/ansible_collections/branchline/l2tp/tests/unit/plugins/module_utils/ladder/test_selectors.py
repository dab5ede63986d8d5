"""Traffic selectors as charon prints them."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder import selectors

COVERED = [
    # selector                       address         port   covered
    ("203.0.113.10/32[udp/l2f]",     "203.0.113.10", 1701,  True),
    ("203.0.113.10/32[udp/1701]",    "203.0.113.10", 1701,  True),
    ("203.0.113.10/32[17/1701]",     "203.0.113.10", 1701,  True),
    ("203.0.113.10/32[udp/l2f]",     "203.0.113.10", 4711,  False),
    ("203.0.113.10/32[tcp/1701]",    "203.0.113.10", 1701,  False),
    ("203.0.113.10/32",              "203.0.113.10", 1701,  True),
    ("203.0.113.10/32",              "203.0.113.11", 1701,  False),
    ("10.99.0.1/32[udp]",            "10.99.0.1",    None,  True),
    ("10.99.0.1/32[udp/l2f]",        "10.99.0.1",    None,  True),
    ("10.99.0.1/32[tcp]",            "10.99.0.1",    None,  False),
    ("10.99.0.1/32[udp/1024-65535]", "10.99.0.1",    1701,  True),
    ("10.99.0.1/32[udp/2000-65535]", "10.99.0.1",    1701,  False),
    ("10.99.0.1..10.99.0.9[udp]",    "10.99.0.5",    1701,  True),
    ("10.99.0.0/24[udp]",            "10.99.0.77",   1701,  True),
    ("2001:db8::1/128[udp/l2f]",     "2001:db8::1",  1701,  True),
    ("2001:db8::1/128[udp/l2f]",     "203.0.113.10", 1701,  False),
    ("dynamic[udp/l2f]",             "203.0.113.10", 1701,  False),
]  # fmt: skip


@pytest.mark.parametrize(("text", "address", "port", "covered"), COVERED)
def test_cover(text: str, address: str, port: int | None, *, covered: bool) -> None:
    assert selectors.cover([text], address, port) is covered


def test_any_of_several() -> None:
    assert selectors.cover(["10.0.0.1/32", "10.0.0.2/32[udp]"], "10.0.0.2", 1701)
    assert not selectors.cover([], "10.0.0.2", 1701)
