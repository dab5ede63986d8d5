"""Every plugin is documented and has unit tests."""

from __future__ import annotations

import ast

import pytest
import yaml
from tree import COLLECTION, ROOT, imported, name, nothing, parsed, python

KINDS = ("modules", "action", "filter", "lookup", "callback", "module_utils", "plugin_utils")
UTILS = KINDS[-2:]
UNIT = COLLECTION / "tests/unit"


def plugins(*kinds):
    """Plugin files of some kinds."""
    roots = [COLLECTION / "plugins" / kind for kind in kinds]
    return [p for p in python() if p.name != "__init__.py" and any(root in p.parents for root in roots)]


def constants(path):
    """Names and values of the string constants at the top of a file."""
    pairs = [
        node for node in parsed(path).body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    ]
    return {target.id: node.value.value for node in pairs for target in node.targets if isinstance(target, ast.Name)}


def test_there_are_modules():
    assert plugins("modules")


@pytest.mark.parametrize("path", plugins("modules"), ids=lambda path: path.stem)
def test_modules_are_documented(path):
    found = constants(path)
    documentation = yaml.safe_load(found["DOCUMENTATION"])
    assert documentation["module"] == path.stem
    assert documentation["short_description"]
    assert yaml.safe_load(found["EXAMPLES"])
    assert yaml.safe_load(found["RETURN"])


def dotted(path):
    """Name by which a plugin is imported, between dots."""
    return "." + ".".join(path.relative_to(COLLECTION).with_suffix("").parts) + "."


def imports_of(paths, known):
    """Which of the known plugins the files import."""
    used = {f".{each}." for path in paths for each in imported(path, path.relative_to(ROOT / "collections").parts[:-1])}
    return {plugin for plugin in known if any(dotted(plugin) in each for each in used)}


def test_unit_tests_import_every_plugin_and_reach_every_module_util():
    utils, others = plugins(*UTILS), plugins(*(kind for kind in KINDS if kind not in UTILS))
    tests = [path for path in python() if UNIT in path.parents]
    nothing(name(path) for path in others if path not in imports_of(tests, others))
    reached = found = imports_of([*tests, *others], utils)
    while found:
        found = imports_of(found, utils) - reached
        reached = reached | found
    nothing(name(path) for path in utils if path not in reached)
