"""Every plugin is documented and has unit tests."""

from __future__ import annotations

import ast

import pytest
import yaml
from tree import COLLECTION, imported, name, nothing, parsed, python

KINDS = ("modules", "action", "filter", "lookup", "callback", "module_utils")
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


def test_every_plugin_is_imported_by_a_unit_test():
    used = {f"{dotted}." for p in python() if UNIT in p.parents for dotted in imported(p)}
    names = {p: "." + ".".join(p.relative_to(COLLECTION).with_suffix("").parts) + "." for p in plugins(*KINDS)}
    nothing(name(p) for p, words in names.items() if not any(words in each for each in used))
