# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many devices, so many at a time: threads, since all of it is waiting for devices. Every device has an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.errors import DeviceError

Result = dict[str, Any]


def each(
    devices: Iterable[str], work: Callable[[str], Result], size: int, mask: Callable[[str], str]
) -> dict[str, Result]:
    """Run `work` for each device, at most `size` at a time; what it raises becomes that device's failure."""
    names = list(devices)
    with ThreadPoolExecutor(max(1, min(size, len(names)))) as pool:
        return dict(zip(names, pool.map(lambda name: _one(name, work, mask), names)))


def _one(device: str, work: Callable[[str], Result], mask: Callable[[str], str]) -> Result:
    try:
        return work(device)
    except DeviceError as error:
        return {"failed": True, "changed": False, "msg": str(error)}
    except Exception as error:  # one device's bug must not hide the other devices' results
        return {"failed": True, "changed": False, "msg": f"{device}: {type(error).__name__}: {mask(str(error))}"}
