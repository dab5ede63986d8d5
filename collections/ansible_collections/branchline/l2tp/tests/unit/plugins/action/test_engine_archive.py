"""The archive, built on the controller by the action plugin."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.branchline.l2tp.engine.build import BuildError
from ansible_collections.branchline.l2tp.plugins.action import engine_archive


@pytest.fixture
def action(monkeypatch):
    """The action without Ansible around it."""
    monkeypatch.setattr(ActionBase, "run", lambda *unused: {})
    action = engine_archive.ActionModule.__new__(engine_archive.ActionModule)
    action._task = SimpleNamespace(args={})
    return action


def test_it_is_built_and_described(action, tmp_path, monkeypatch):
    action.validate_argument_spec = lambda argument_spec: (None, {"cache": str(tmp_path / "cache")})
    result = action.run()
    data = (tmp_path / "cache" / "branchline.pyz").read_bytes()
    assert (result["changed"], result["sha256"]) == (False, hashlib.sha256(data).hexdigest())
    assert result["path"] == str(tmp_path / "cache" / "branchline.pyz")


def test_what_is_missing_is_said(action, tmp_path, monkeypatch):
    def fail(_path):
        raise BuildError("vici is not installed; install vici==6.0.3")

    monkeypatch.setattr(engine_archive, "build", fail)
    action.validate_argument_spec = lambda argument_spec: (None, {"cache": str(tmp_path)})
    with pytest.raises(AnsibleActionFail, match=r"cannot be built: vici is not installed; install vici==6\.0\.3"):
        action.run()
