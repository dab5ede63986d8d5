"""Peers that charon refuses because nothing that they offer is configured, told in words that say what to do.

charon tells the peer NO_PROPOSAL_CHOSEN, and its own log why, in lines of one thread that come one after the other.
"""

from __future__ import annotations

import logging
import re
import time
from typing import Any

LOG = logging.getLogger(__name__)
HEEDED = (b"is initiating a", b"proposal", b"NO_PROPOSAL_CHOSEN")
AGAIN = 60.0  # seconds for which the same peer is not told of again: it retries, and so does every scanner
MOST = 256  # peers and threads that are remembered
REMEDY = "for clients of Windows, macOS and Android set branchline_profile windows and branchline_ike_version 1"

BEGINS = re.compile(r"(\S+) is initiating a")
OFFERED = re.compile(r"received proposals: (.+)")
OURS = re.compile(r"configured proposals: (.+)")
NOBODY = re.compile(r"no IKE config found for \S+\.\.\.([^,\s]+), sending NO_PROPOSAL_CHOSEN")
UNLIKE = re.compile(r"no proposal found|received proposals unacceptable|no matching proposal found")


def heeded(payload: bytes) -> bool:
    """Whether a log event, not yet decoded, can matter: most of what charon says does not."""
    return any(words in payload for words in HEEDED)


class Refusals:
    """Takes charon's log events and warns of each peer that is refused, once a minute at most."""

    def __init__(self) -> None:
        self._threads: dict[str, dict[str, str]] = {}
        self._told: dict[str, float] = {}

    def take(self, body: dict[str, Any]) -> None:
        """One event: `thread` and `msg`."""
        words = str(body.get("msg", ""))
        known = self._threads.setdefault(str(body.get("thread", "")), {})
        for key, pattern in (("peer", BEGINS), ("offered", OFFERED), ("ours", OURS)):
            found = pattern.search(words)
            if found:
                known[key] = found[1]
        nobody = NOBODY.search(words)
        if nobody:
            self._tell(nobody[1], "no connection here is for the version of IKE that it speaks")
        elif UNLIKE.search(words):
            what = f"it offers {known.get('offered', '?')}; configured are {known.get('ours', '?')}"
            self._tell(known.get("peer", "a peer"), what)

    def _tell(self, peer: str, what: str) -> None:
        now = time.monotonic()
        if now - self._told.get(peer, -AGAIN) < AGAIN:
            return
        if len(self._told) >= MOST:
            self._told.clear()
        self._told[peer] = now
        LOG.warning("ipsec: %s is refused, NO_PROPOSAL_CHOSEN: %s; %s", peer, what, REMEDY)
