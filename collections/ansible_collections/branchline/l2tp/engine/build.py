"""Builds the engine's zipapp, the same bytes every time: the package and its pinned pure-Python dependencies.

Sources only, no bytecode (it would tie the file to one Python), and stored rather than deflated: zlib's output
differs between its versions, and two controllers must build the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import NamedTuple

PACKAGE = Path(__file__).parent / "branchline"
SHEBANG = b"#!/usr/bin/python3\n"
MAIN = b'import runpy\n\nrunpy.run_module("branchline", run_name="__main__", alter_sys=True)\n'
DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip file can say


class Pin(NamedTuple):
    """A distribution in the archive: its exact version, its package, and the paths below that which go in."""

    distribution: str
    version: str
    package: str
    paths: tuple[str, ...] = ("",)


PINS = (
    #   distribution  version  package     paths
    Pin("pyroute2",   "0.9.7", "pyroute2"),
    Pin("vici",       "6.0.3", "vici"),
    Pin("libpass",    "1.9.4", "passlib", (
        "__init__.py", "_logging.py", "exc.py",
        "crypto/__init__.py", "crypto/_md4.py", "crypto/des.py", "crypto/digest.py",
        "utils/__init__.py", "utils/binary.py", "utils/compat/", "utils/decor.py",
    )),
)  # fmt: skip


class BuildError(Exception):
    """The archive cannot be built here; the text says what to do."""


@dataclass(frozen=True)
class Archive:
    """A built archive: where it is, the SHA-256 of its bytes (hex), the engine's version, and if it was rewritten."""

    path: Path
    sha256: str
    version: str
    changed: bool


def build(output: Path, package: Path = PACKAGE) -> Archive:
    """Write the archive to `output` unless it is there already, byte for byte; BuildError when a pin is not met."""
    data = archive_bytes(package)
    changed = not output.is_file() or output.read_bytes() != data
    if changed:
        _replace(output, data)
    return Archive(output, hashlib.sha256(data).hexdigest(), version_of(package), changed)


def archive_bytes(package: Path = PACKAGE, pins: tuple[Pin, ...] = PINS) -> bytes:
    """The whole archive; the same inputs give the same bytes whatever the umask, dates or order of directories."""
    entries = {"__main__.py": MAIN, **_sources(package)}
    for pin in pins:
        entries.update(_dependency(pin))
    buffer = io.BytesIO(SHEBANG)
    buffer.seek(0, io.SEEK_END)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_STORED) as archive:
        for name in sorted(entries):
            archive.writestr(_entry(name), entries[name])
    return buffer.getvalue()


def version_of(package: Path = PACKAGE) -> str:
    """The engine's version, read from the package's source without importing it."""
    match = re.search(r'^__version__ = "([^"]+)"$', (package / "__init__.py").read_text(), re.MULTILINE)
    if match is None:
        raise BuildError(f"{package / '__init__.py'} states no __version__")
    return match.group(1)


def _sources(package: Path) -> dict[str, bytes]:
    root = package.parent
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in package.rglob("*.py")}


def _dependency(pin: Pin) -> dict[str, bytes]:
    """The files of one distribution that go in, and its licence, which has to travel with it."""
    entries = {}
    for file in _installed(pin).files or ():
        name = _archive_name(pin, PurePosixPath(file))
        if name:
            entries[name] = file.locate().read_bytes()  # type: ignore[attr-defined]  # SimplePath of importlib.metadata has it
    if f"{pin.package}/__init__.py" not in entries:
        raise BuildError(f"{pin.distribution} {pin.version} is installed without its files; install it with pip")
    return entries


def _installed(pin: Pin) -> metadata.Distribution:
    remedy = f"install {pin.distribution}=={pin.version} into the Python that runs Ansible ({sys.executable})"
    try:
        found = metadata.distribution(pin.distribution)
    except metadata.PackageNotFoundError:
        raise BuildError(f"{pin.distribution} is not installed; {remedy}") from None
    if found.version != pin.version:
        raise BuildError(f"{pin.distribution} {found.version} is installed; {remedy}")
    return found


def _archive_name(pin: Pin, file: PurePosixPath) -> str | None:
    if file.parts[0] == pin.package and file.suffix == ".py":
        inner = file.relative_to(pin.package).as_posix()
        return file.as_posix() if inner.startswith(pin.paths) else None
    if file.parts[0].endswith(".dist-info") and file.name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
        return f"licenses/{pin.distribution}/{file.name}"
    return None


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, DATE)
    entry.create_system = 3  # Unix, wherever it is built
    entry.external_attr = 0o100644 << 16
    return entry


def _replace(output: Path, data: bytes) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    Path(name).chmod(0o755)
    Path(name).replace(output)


def main(arguments: list[str]) -> int:
    """`build.py OUTPUT`: build, and say what was built."""
    if len(arguments) != 1:
        print(f"usage: {Path(__file__).name} OUTPUT", file=sys.stderr)
        return 2
    try:
        built = build(Path(arguments[0]))
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{built.path}: branchline {built.version}, sha256 {built.sha256}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
