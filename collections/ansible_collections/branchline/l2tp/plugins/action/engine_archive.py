# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the engine's archive on the controller; see the module of the same name for its documentation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.branchline.l2tp.engine.build import BuildError, build


class ActionModule(ActionBase):
    """No connection, no file on a host: the result names a file of the controller."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Build unless the archive is there already; never `changed`, because no host is touched."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _options, arguments = self.validate_argument_spec(
            argument_spec={"cache": {"type": "path", "default": "~/.cache/branchline"}}
        )
        try:
            built = build(Path(arguments["cache"]) / "branchline.pyz")
        except (BuildError, OSError) as error:
            raise AnsibleActionFail(f"the engine's archive cannot be built: {error}") from error
        result.update(changed=False, path=str(built.path), sha256=built.sha256, version=built.version)
        return result
