"""Every playbook is understood by Ansible, with the example inventory."""

from __future__ import annotations

import os
import subprocess

import pytest
from tree import ROOT

PLAYBOOKS = sorted((ROOT / "playbooks").glob("*.yml"))


def test_there_are_playbooks():
    assert PLAYBOOKS


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem)
def test_syntax(path):
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    command = ["ansible-playbook", "--syntax-check", "-i", str(ROOT / "inventory/example"), str(path)]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
