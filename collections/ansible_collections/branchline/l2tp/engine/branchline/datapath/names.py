"""Names of the interfaces that an LNS makes, one for each session that the kernel carries."""

from __future__ import annotations

import hashlib
import re

LENGTH = 15  # bytes, IFNAMSIZ without its end
FORBIDDEN = re.compile(r"[^A-Za-z0-9._-]")


def interface_name(line: str) -> str:
    """The line's name if Linux takes it as an interface's, else as much of it as fits, with a stable hash."""
    clean = FORBIDDEN.sub("-", line)
    if clean == line and 0 < len(line) <= LENGTH and line not in (".", ".."):
        return line
    digest = hashlib.sha256(line.encode()).hexdigest()[:4]
    return f"{clean[: LENGTH - 5].rstrip('-._')}-{digest}"
