"""What no link can carry is refused before there is one, by the field's name."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from branchline.errors import ConfigError
from branchline.ppp.auth import ChapCredentials, MsChapV2Credentials, PapCredentials
from branchline.ppp.config import LinkConfig, NetworkConfig
from branchline.wire.mschap import Response

REFUSED = [
    (LinkConfig, {"demand": ("mschapv1",)}, "demand"),
    (LinkConfig, {"answer": ("pap", "pap")}, "answer"),
    (LinkConfig, {"user": "x" * 256}, "user"),
    (LinkConfig, {"user": "ø" * 128}, "user"),
    (LinkConfig, {"name": "x" * 256}, "name"),
    (LinkConfig, {"secret": b"x" * 256}, "secret"),
    (LinkConfig, {"mru": 127}, "mru"),
    (LinkConfig, {"mru": 65536}, "mru"),
    (NetworkConfig, {"dns": (IPv4Address("10.10.0.53"),) * 3}, "dns"),
    (NetworkConfig, {"interface_id": b"\1" * 7}, "interface_id"),
    (NetworkConfig, {"interface_id": bytes(8)}, "interface_id"),
]


@pytest.mark.parametrize(("kind", "fields", "field"), REFUSED)
def test_refused(kind, fields, field):
    with pytest.raises(ConfigError) as error:
        kind(**fields)
    assert error.value.field == field


def test_secrets_are_not_shown():
    shown = [
        LinkConfig(secret=b"s3cret"),
        PapCredentials("oslo", b"s3cret"),
        ChapCredentials("oslo", 1, b"", b"s3cret"),
        MsChapV2Credentials("oslo", 1, b"", Response(b"", b"s3cret")),
    ]
    assert "s3cret" not in repr(shown)
