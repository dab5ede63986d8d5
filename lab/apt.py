"""Where this machine's own apt gets Debian from, so that images and hosts use the same mirror."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from lab.system import LabError, run

SUITE = "bookworm"
KEPT = re.compile(r'^(Acquire::(?:Check-Valid-Until|Check-Date|https?::(?:[^:]+::)?Proxy)) "(.+)";$', re.MULTILINE)
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Sources:
    """`lines` of a sources.list, `options` of an apt.conf, and the (host, port) that hosts must be able to reach."""

    lines: tuple[str, ...]
    options: tuple[tuple[str, str], ...]
    endpoints: tuple[tuple[str, int], ...]

    @property
    def conf(self) -> str:
        """The text of an apt.conf."""
        return "".join(f'{key} "{value}";\n' for key, value in self.options)


def endpoint(url: str) -> tuple[str, int]:
    """Host and port of a URL."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or PORTS.get(parts.scheme, 80)


def parse(targets: str, config: str) -> Sources:
    """Read `apt-get indextargets` ("URI release component" a line) and `apt-config dump`."""
    rows = [row.split() for row in targets.splitlines()]
    wanted = [row for row in rows if row[1] == SUITE or row[1] in (f"{SUITE}-updates", f"{SUITE}-security")]
    wanted = [row for row in wanted if row[0].startswith(("http://", "https://"))]
    if not any(row[1] == SUITE for row in wanted):
        raise LabError(f"apt has no http or https source of {SUITE}: add one to /etc/apt/sources.list.d")
    lines = dict.fromkeys(f"deb {uri} {release} {component}" for uri, release, component in wanted)
    options = tuple((key, value) for key, value in KEPT.findall(config) if value != "DIRECT")
    proxies = [value for key, value in options if key.endswith("Proxy")]
    ends = dict.fromkeys(endpoint(url) for url in proxies or [row[0] for row in wanted])
    return Sources(tuple(lines), options, tuple(ends))


def sources() -> Sources:
    """Ask this machine's apt."""
    targets = run("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages")
    return parse(targets, run("apt-config", "dump"))
