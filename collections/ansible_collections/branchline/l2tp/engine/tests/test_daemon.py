"""The engine's configuration file: what is loaded, and every way in which it cannot be."""

from __future__ import annotations

import hashlib
import json

import pytest

from branchline.config import InvalidConfigError
from branchline.daemon import Daemon
from branchline.errors import BranchlineError, ConfigError, LocalError

RIGHT = json.dumps({"version": 1, "host_name": "h"}).encode()
UNREADABLE = [
    # the file's bytes   kind                a part of the message
    (None, LocalError, "engine.json: No such file or directory; run the play"),
    (b"", ConfigError, "engine.json: is not JSON: "),
    (b'{"version": 1,', ConfigError, "engine.json: is not JSON: "),
    (b"\xff\xff", ConfigError, "engine.json: is not JSON: "),
    (b"[]", InvalidConfigError, "object"),
    (b'{"version": 1}', InvalidConfigError, "host_name"),
]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "engine.json"


def test_what_was_loaded_is_known_by_its_digest(path, tmp_path):
    path.write_bytes(RIGHT)
    daemon = Daemon(path, tmp_path / "c")
    config, digest = daemon._read()
    assert (config.host_name, digest) == ("h", hashlib.sha256(RIGHT).hexdigest())


@pytest.mark.parametrize(("data", "kind", "words"), UNREADABLE)
def test_what_cannot_be_loaded_is_told(path, tmp_path, data, kind, words):
    daemon = Daemon(path, tmp_path / "c")
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(BranchlineError) as caught:
        daemon._read()
    assert (type(caught.value), words in str(caught.value)) == (kind, True)


def test_a_directory_is_no_configuration(tmp_path):
    with pytest.raises(LocalError, match="Is a directory"):
        Daemon(tmp_path, tmp_path / "c")._read()
