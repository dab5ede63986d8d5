"""The archive: reproducible, complete, and running on the Pythons of the hosts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

BUILD = Path(__file__).parent.parent / "build.py"
spec = spec_from_file_location("build", BUILD)
assert spec is not None
assert spec.loader is not None
build = module_from_spec(spec)
sys.modules["build"] = build
spec.loader.exec_module(build)

PYTHONS = {
    "3.9": next(iter(sorted(Path("~/.pyenv/versions").expanduser().glob("3.9.*/bin/python3"))), None),
    "this": Path(sys.executable),
}
DEPENDENCIES = ["pyroute2", "pyroute2.iproute", "vici.protocol", "passlib.crypto._md4", "passlib.crypto.des"]


@pytest.fixture
def package(tmp_path):
    """A package of two files that stands for the engine."""
    root = tmp_path / "branchline"
    (root / "inner").mkdir(parents=True)
    (root / "__init__.py").write_text('__version__ = "1.2.3"\n')
    (root / "__main__.py").write_text(
        "import sys\nfrom branchline import __version__\nprint(__version__, sys.argv[1:])\n"
    )
    (root / "inner" / "__init__.py").write_text("")
    return root


def rebuilt_elsewhere(package, target):
    """A copy made in another order, with another umask and other dates."""
    before = os.umask(0o077)
    try:
        for path in sorted(package.rglob("*.py"), reverse=True):
            copy = target / path.relative_to(package)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            os.utime(copy, (1_000_000_000, 1_000_000_000))
        return build.archive_bytes(target)
    finally:
        os.umask(before)


def test_two_builds_are_equal(package, tmp_path):
    assert build.archive_bytes(package) == rebuilt_elsewhere(package, tmp_path / "other" / "branchline")


def test_built_once_and_again_only_when_the_package_changes(package, tmp_path):
    output = tmp_path / "cache" / "branchline.pyz"
    first = build.build(output, package)
    assert (first.changed, first.version, output.stat().st_mode & 0o777) == (True, "1.2.3", 0o755)
    assert build.build(output, package) == build.Archive(output, first.sha256, "1.2.3", changed=False)
    (package / "inner" / "__init__.py").write_text("#\n")
    assert build.build(output, package).sha256 != first.sha256


def test_contents(package, tmp_path):
    built = build.build(tmp_path / "branchline.pyz", package)
    with zipfile.ZipFile(built.path) as archive:
        names = archive.namelist()
    assert names == sorted(names)
    assert {name.split("/")[0] for name in names} == {
        "__main__.py", "branchline", "licenses", "passlib", "pyroute2", "vici",
    }  # fmt: skip
    assert not [name for name in names if not name.endswith(".py") and not name.startswith("licenses/")]
    assert built.path.read_bytes().startswith(b"#!/usr/bin/python3\nPK")


@pytest.mark.parametrize("python", PYTHONS)
def test_it_runs_alone(python, package, tmp_path):
    interpreter = PYTHONS[python]
    if interpreter is None:
        pytest.skip(f"Python {python} is not on this machine")
    built = build.build(tmp_path / "branchline.pyz", package)
    imports = f"import sys; sys.path.insert(0, {str(built.path)!r}); import {', '.join(DEPENDENCIES)}"
    subprocess.run([interpreter, "-I", "-c", imports], check=True)
    said = subprocess.run([interpreter, "-I", built.path, "--version"], check=True, capture_output=True, text=True)
    assert said.stdout == "1.2.3 ['--version']\n"


@pytest.mark.parametrize("python", PYTHONS)
def test_the_engine_says_its_version(python, tmp_path):
    interpreter = PYTHONS[python]
    if interpreter is None:
        pytest.skip(f"Python {python} is not on this machine")
    built = build.build(tmp_path / "branchline.pyz")
    said = subprocess.run([interpreter, "-I", built.path, "--version"], check=True, capture_output=True, text=True)
    assert built.version in said.stdout


REFUSED = [
    #  pin                                      what the message says
    (("libpass", "0.0.1", "passlib"),           "install libpass==0.0.1 into"),
    (("no-such-thing", "1.0", "no_such_thing"), "no-such-thing is not installed; install no-such-thing==1.0"),
    (("vici", "6.0.3", "elsewhere"),            "vici 6.0.3 is installed without its files"),
]  # fmt: skip


@pytest.mark.parametrize(("pin", "message"), REFUSED)
def test_a_pin_that_is_not_met(pin, message, package):
    with pytest.raises(build.BuildError, match=message):
        build.archive_bytes(package, (build.Pin(*pin),))


def test_as_a_command(tmp_path, capsys):
    assert build.main([]) == 2
    assert build.main([str(tmp_path / "branchline.pyz")]) == 0
    assert "branchline.pyz: branchline " in capsys.readouterr().out
