"""Every playbook is understood by Ansible, and puts nothing into an inventory that would be read as inventory."""

from __future__ import annotations

import os
import re
import subprocess

import pytest
from tree import COLLECTION, ROOT, files, lines_matching, nothing, text

PLAYBOOKS = sorted((ROOT / "playbooks").glob("*.yml"))
BESIDE = re.compile(r"inventory_dir *\}+/(?!\.)")
PLAY = re.compile(r"^```yaml\n(- name: .*?)^```", re.MULTILINE | re.DOTALL)


def test_there_are_playbooks():
    assert PLAYBOOKS


def check_syntax(path):
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    command = ["ansible-playbook", "--syntax-check", "-i", str(ROOT / "inventory/example"), str(path)]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_syntax(path):
    check_syntax(path)


def test_syntax_of_the_collections_first_play(tmp_path):
    (play,) = PLAY.findall(text(COLLECTION / "README.md"))
    path = tmp_path / "play.yml"
    path.write_text(play, encoding="utf-8")
    check_syntax(path)


def test_what_lies_beside_an_inventory_is_hidden():
    """Ansible reads every file of an inventory's folder as inventory, except under names that begin with a dot."""
    nothing(lines_matching(BESIDE, [path for path in files() if path.suffix in {".yml", ".py", ".md"}]))
