"""What the journal says of peers that charon refuses; the log lines are charon 5.9.8's."""

from __future__ import annotations

import logging

import pytest

from branchline.aio.refusals import Refusals, heeded

NOBODY = "no IKE config found for 203.0.113.10...198.51.100.18, sending NO_PROPOSAL_CHOSEN"
ONE = "203.0.113.77 is initiating a Main Mode IKE_SA"
OFFERED = "received proposals: IKE:3DES_CBC/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_1024"
OURS = "configured proposals: IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048"
LOGS = [
    # charon's lines with their threads                        what the journal says, in order
    ([("1", NOBODY)], ["198.51.100.18 is refused, NO_PROPOSAL_CHOSEN: no connection here is for the version of IKE"]),
    ([("1", NOBODY), ("2", NOBODY)], ["198.51.100.18 is refused"]),
    (
        [("1", ONE), ("1", OFFERED), ("2", NOBODY), ("1", OURS), ("1", "no proposal found")],
        [
            "198.51.100.18 is refused",
            f"203.0.113.77 is refused, NO_PROPOSAL_CHOSEN: it offers {OFFERED[20:]}; configured",
        ],
    ),
    (
        [("1", ONE), ("1", OFFERED), ("1", OURS), ("1", "received proposals unacceptable")],
        [f"configured are {OURS[22:]}"],
    ),
    ([("1", "no matching proposal found, sending NO_PROPOSAL_CHOSEN")], ["a peer is refused"]),
    ([("1", ONE), ("1", "selected proposal: IKE:AES_CBC_256/HMAC_SHA1_96/PRF_HMAC_SHA1/ECP_384")], []),
]


@pytest.mark.parametrize(("lines", "told"), LOGS)
def test_the_journal(caplog, lines, told):
    caplog.set_level(logging.WARNING)
    refusals = Refusals()
    for thread, words in lines:
        if heeded(words.encode()):
            refusals.take({"thread": thread, "msg": words})
    assert len(caplog.messages) == len(told)
    for message, words in zip(caplog.messages, told):
        assert words in message
        assert "branchline_profile" in message


def test_most_of_what_charon_says_is_not_even_decoded():
    assert not heeded(b"generating QUICK_MODE request 1 [ HASH SA No ID ID ]")
