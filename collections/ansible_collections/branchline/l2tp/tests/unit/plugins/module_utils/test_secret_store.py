"""The store draws a secret once, keeps it to itself, and is never half written."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.secret_store import (
    ALPHABET,
    LENGTH,
    SecretStore,
    SecretStoreError,
    reference,
)

REF = reference("oslo-lns1", "psk")


@pytest.fixture
def store(tmp_path):
    return SecretStore(tmp_path / "new" / "secrets")


def test_a_secret_is_drawn_once(store):
    assert store.get(REF) is None
    assert store.create(REF) is True
    secret = store.get(REF)
    assert (store.create(REF), store.get(REF)) == (False, secret)
    assert len(secret) == LENGTH
    assert set(secret) <= set(ALPHABET)
    assert LENGTH * (len(ALPHABET).bit_length() - 1) >= 128


def test_only_the_owner_can_read_it(store):
    store.create(REF)
    assert stat.S_IMODE(store.directory.stat().st_mode) == 0o700
    assert [(file.name, stat.S_IMODE(file.stat().st_mode)) for file in store.directory.iterdir()] == [(REF, 0o600)]


def test_a_generation_has_its_own_and_the_old_one_stays(store):
    assert store.create_missing([REF, REF, "oslo-lns1.psk.2"]) == [REF, "oslo-lns1.psk.2"]
    assert store.get(REF) != store.get("oslo-lns1.psk.2")
    assert store.create_missing([REF]) == []


def test_many_at_once_agree(store):
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(lambda _: (store.create(REF), store.get(REF)), range(32)))
    assert sum(first for first, _ in drawn) == 1
    assert len({secret for _, secret in drawn}) == 1
    assert len(list(store.directory.iterdir())) == 1


@pytest.mark.parametrize(
    "ref", ["../etc/passwd", "a/b.psk.1", ".hidden.psk.1", "oslo", "oslo.psk.0", "oslo.psk.1\n", ""]
)
def test_a_reference_is_no_path(store, ref):
    with pytest.raises(SecretStoreError, match="is not a reference"):
        store.get(ref)
    with pytest.raises(SecretStoreError, match="is not a reference"):
        store.create(ref)


@pytest.mark.parametrize("open_to_others", ["directory", "file"])
def test_what_others_can_read_is_refused(store, open_to_others):
    store.create(REF)
    path = store.directory if open_to_others == "directory" else store.directory / REF
    path.chmod(0o755 if open_to_others == "directory" else 0o640)
    with pytest.raises(SecretStoreError, match=r"is open to other users \(mode 0(755|640)\); chmod go="):
        store.get(REF)


def test_an_empty_file_is_an_error_and_not_a_secret(store):
    store.create(REF)
    (store.directory / REF).write_text("\n")
    with pytest.raises(SecretStoreError, match="is empty; restore it"):
        store.get(REF)


def test_a_link_is_not_followed(store, tmp_path):
    store.create(REF)
    (store.directory / "lyon-lns1.psk.1").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SecretStoreError, match="lyon-lns1"):
        store.get("lyon-lns1.psk.1")


def test_a_store_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SecretStoreError, match="file/secrets"):
        SecretStore(tmp_path / "file" / "secrets").create(REF)
