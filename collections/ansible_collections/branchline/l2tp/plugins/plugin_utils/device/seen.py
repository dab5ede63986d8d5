# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the answers of a device say about one line: fields by the names of verify.yml, before and after the traffic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.ladder import intent
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import package, readings

IP_ICMP = 28  # octets of the headers of IPv4 and ICMP, between a packet and a ping's payload

Data = dict[str, Any]


class Seen:
    """What the answers say: `now` by field, `after` the traffic, pings by target; `unread` by check."""

    def __init__(self, own: package.Package, end: intent.End, line: Mapping[str, Any], said: Mapping[str, str]) -> None:
        self.end, self.line = end, line
        self.checks = checks_of(own, end)
        self.good: Mapping[str, list[str]] = own.verify.get("good", {})
        self.now: Data = {}
        self.after: Data = {}
        self.pings: dict[str, dict[str, Data]] = {"ping": {}, "ping_full": {}}
        self.unread: dict[str, str] = {}
        for key, text in said.items():
            self._read(own, key, text)

    def _read(self, own: package.Package, key: str, text: str) -> None:
        name, _blank, item = key.partition(" ")
        known = {field: value for field, value in self.now.items() if isinstance(value, str)}
        try:
            found = readings.read(own, name, self.checks, {**known, **fields(self.end, self.line), "item": item}, text)
        except readings.ReadError as error:
            self.unread[key] = str(error)
            found = {}
        if name in self.pings:
            self.pings[name][item] = found
        elif name == readings.AFTER:
            self.after |= found
        else:
            for field, value in found.items():
                before = self.now.get(field)
                self.now[field] = before + value if isinstance(before, list) and isinstance(value, list) else value

    @property
    def given(self) -> str:
        """The address that the branch got, as its LNS shows it."""
        return "" if self.end.is_branch else str(self.now.get("address") or "")

    def asked(self, *names: str) -> bool:
        """Whether the platform has a check that finds one of these fields."""
        return any(set(names) & {*_fields_of(check)} for check in self.checks.values())

    def is_good(self, field: str) -> bool:
        """Whether a state is one of those that the package calls good."""
        return self.now.get(field) in self.good.get(field, [])


def end_at(line: Mapping[str, Any], host: str) -> intent.End:
    """The end of a line that a device is; of one that stands between the ends, that of its tunnel to the LNS."""
    return intent.ends_of(dict(line), host)[-1]


def checks_of(own: package.Package, end: intent.End) -> Mapping[str, Mapping[str, Any]]:
    """The platform's checks for the role of an end."""
    role = "client" if end.is_branch else end.role
    found: Mapping[str, Mapping[str, Any]] = own.verify.get(role, {})
    return found


def _fields_of(check: Mapping[str, Any]) -> list[str]:
    return [field for place in ("find", "find_all", "take", "records") for field in check.get(place, {})]


def fields(end: intent.End, line: Mapping[str, Any], given: str = "") -> dict[str, str]:
    """What stands for `{name}` in commands and for `<name>` in patterns; `given`: the address that the branch got."""
    user = str(line.get("user") or line["branch"])
    return {
        "line": end.line,
        "section": end.connection,
        "interface": end.interface,
        "lns": outer_address(end, line),
        "user": user,
        "realm": user.partition("@")[2],
        "size": str(end.mtu),
        "payload": str(end.mtu - IP_ICMP),
        "targets": " ".join(targets(end, given)),
        "routed": " ".join(routed(end, given)),
    }


def outer_address(end: intent.End, line: Mapping[str, Any]) -> str:
    """Where the answering end of this host's own tunnel is: of the LNS, or of the gateway before it."""
    own = [hop["outer_address"] for hop in line.get("hops", []) if end.host in hop["ends"]]
    return str(own[0] if own else line.get("lns_outer_address", ""))


def targets(end: intent.End, given: str = "") -> list[str]:
    """What is pinged: the far end of the PPP link, where it is known, and the far probe."""
    far = end.lns_address if end.is_branch else end.address or given
    return [address for address in (far, end.far_probe) if address]


def routed(end: intent.End, given: str = "") -> list[str]:
    """Addresses that must be reached through the line."""
    return list(dict.fromkeys([*targets(end, given), *map(intent.first_host, end.far)]))
