"""What is known of a host stays known."""

from __future__ import annotations

from ansible_collections.branchline.l2tp.plugins.module_utils.facts_cache import FactsCache


def test_last_known_facts(tmp_path):
    cache = FactsCache(tmp_path / "facts")
    assert cache.read(["oslo"]) == {}
    cache.write({"oslo": {"kernel_esp": False}, "lns1": {"kernel_esp": True}})
    cache.write({"oslo": {"kernel_esp": True}})
    assert cache.read(["oslo", "lns1", "lyon"]) == {"oslo": {"kernel_esp": True}, "lns1": {"kernel_esp": True}}


def test_what_is_the_same_is_not_written(tmp_path):
    cache = FactsCache(tmp_path)
    cache.write({"oslo": {"kernel_esp": True}})
    before = (tmp_path / "oslo.json").stat().st_ino
    cache.write({"oslo": {"kernel_esp": True}})
    assert (tmp_path / "oslo.json").stat().st_ino == before


def test_rubbish_counts_as_nothing_known(tmp_path):
    (tmp_path / "oslo.json").write_text("{")
    (tmp_path / "lyon.json").write_text("[]")
    assert FactsCache(tmp_path).read(["oslo", "lyon", "../oslo"]) == {}


def test_a_name_is_no_path(tmp_path):
    FactsCache(tmp_path / "facts").write({"../oslo": {"kernel_esp": True}})
    assert list(tmp_path.iterdir()) == []
