# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a device is reached: address and credentials, and the host keys that it may have. Unknown keys are refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

try:
    import paramiko
    from paramiko.hostkeys import HostKeys
except ImportError as error:
    MISSING: ImportError | None = error
else:
    MISSING = None

from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.errors import IdentityError, Trouble

PORT = 22
SCAN = "Read its key at the device's console, and add it to {files} (ssh-keyscan helps)."


@dataclass(frozen=True)
class Access:
    """Where a device is and who we are there. `key_name`: the name under which known_hosts has its key."""

    device: str
    host: str
    port: int = PORT
    user: str = ""
    password: str = field(default="", repr=False)
    enable: str = field(default="", repr=False)
    key_file: str = ""
    ssh_config: str = ""
    known_hosts: tuple[str, ...] = ("~/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts")
    key_name: str = ""
    serial: str = ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown."""
        return tuple(secret for secret in (self.password, self.enable) if secret)

    @property
    def keyed_as(self) -> str:
        """The name of this device in known_hosts, as ssh itself writes it."""
        name = self.key_name or self.host
        return name if self.key_name or self.port == PORT else f"[{name}]:{self.port}"


def access(device: str, variables: Mapping[str, Any]) -> Access:
    """Out of Ansible's own variables of a host, and of `branchline_ssh_config`, `branchline_known_hosts`, `_serial`.

    An ssh_config gives what the variables do not: the key, the user, the port, and the file of host keys.
    """
    host = str(variables.get("ansible_host") or device)
    given = str(variables.get("branchline_ssh_config") or "")
    options = _ssh_config(given, host) if given else {}
    files = [variables[name] for name in ("branchline_known_hosts",) if variables.get(name)]
    files = files or str(options.get("userknownhostsfile", "")).replace('"', "").split()
    return Access(
        device=device,
        host=host,
        port=int(variables.get("ansible_port") or options.get("port") or PORT),
        user=str(variables.get("ansible_user") or options.get("user") or ""),
        password=str(variables.get("ansible_password") or variables.get("ansible_ssh_pass") or ""),
        enable=str(variables.get("ansible_become_password") or ""),
        key_file=_key_file(variables, options),
        ssh_config=given,
        known_hosts=tuple(str(name) for name in files) or Access.known_hosts,
        key_name=str(options.get("hostkeyalias", "")),
        serial=str(variables.get("branchline_serial") or ""),
    )


def _key_file(variables: Mapping[str, Any], options: Mapping[str, Any]) -> str:
    listed = options.get("identityfile") or [""]
    return str(variables.get("ansible_ssh_private_key_file") or listed[0].strip('"'))


def _ssh_config(path: str, host: str) -> Mapping[str, Any]:
    config = paramiko.SSHConfig.from_path(str(Path(path).expanduser()))
    return dict(config.lookup(host))


def host_keys(wanted: Access) -> HostKeys:
    """The keys that this device may have, under the name that paramiko looks for; IdentityError when none is known."""
    found = HostKeys()
    for name in wanted.known_hosts:
        path = Path(name).expanduser()
        if path.is_file():
            known = HostKeys(str(path)).lookup(wanted.keyed_as) or {}
            for kind, key in known.items():
                _allow(found, wanted, kind, key)
    if not len(found):
        remedy = SCAN.format(files=" or ".join(wanted.known_hosts))
        raise IdentityError(Trouble(wanted.device, f"nobody knows the host key of {wanted.keyed_as}", remedy))
    return found


def _allow(found: HostKeys, wanted: Access, kind: str, key: paramiko.PKey) -> None:
    """Paramiko looks a key up by address or [address]:port, whatever known_hosts calls the device."""
    name = hostname(wanted)
    found.add(name if wanted.port == PORT else f"[{name}]:{wanted.port}", kind, key)


def hostname(wanted: Access) -> str:
    """The name or address that is connected to."""
    if not wanted.ssh_config:
        return wanted.host
    return str(_ssh_config(wanted.ssh_config, wanted.host).get("hostname", wanted.host))
