"""vici's messages: a recorded event of charon 5.9.8, the encoding of requests, and refusals of damage."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.ladder import vici

RECORDED = Path(__file__).parent / "recorded"
EVENT = bytes.fromhex((RECORDED / "list_sa_event.hex").read_text().strip())


def test_a_recorded_event() -> None:
    kind, size = EVENT[0], EVENT[1]
    assert (kind, EVENT[2 : 2 + size]) == (vici.EVENT, b"list-sa")
    message = vici.decode(EVENT[2 + size :])
    sa = message["turin-lns1"]
    assert (sa["local-id"], sa["local-vips"], sa["child-sas"]["l2tp-1"]["spi-in"]) == (
        "C=NO, O=Branch, CN=turin",
        ["10.99.0.2"],
        "43e38a52",
    )


@pytest.mark.parametrize("cut", range(10, len(EVENT) - 1, 7))
def test_a_cut_message_is_refused(cut: int) -> None:
    with pytest.raises(vici.ViciError):
        vici.decode(EVENT[9:cut])


@pytest.mark.parametrize(
    ("wire", "what"),
    [("07 01 61", "unknown element 7"), ("04 01 61 03", "element 3 inside of a list"), ("01 01 61", "has no end")],
)
def test_refusals(wire: str, what: str) -> None:
    with pytest.raises(vici.ViciError, match=what):
        vici.decode(bytes.fromhex(wire))


def test_packets() -> None:
    assert vici.named(vici.REQUEST, "version").hex(" ") == "00 00 00 09 00 07 76 65 72 73 69 6f 6e"
    assert vici.encode({"ike": "a"}).hex(" ") == "03 03 69 6b 65 00 01 61"
    assert vici.decode(vici.encode({"ike": "a"})) == {"ike": "a"}


def test_no_charon(tmp_path: Path) -> None:
    with pytest.raises(vici.ViciError, match="No such file"):
        vici.Vici(str(tmp_path / "absent"))
