"""Roles look alike, and their defaults say what their argument specs say."""

from __future__ import annotations

import pytest
import yaml
from tree import COLLECTION, ROOT, nothing, text

NEEDED = {"tasks/main.yml", "defaults/main.yml", "meta/main.yml", "meta/argument_specs.yml"}
PLACES = {"tasks", "defaults", "handlers", "meta", "templates", "files", "README.md"}
ROLES = sorted(p for parent in (COLLECTION / "roles", ROOT / "roles") for p in parent.glob("*") if p.is_dir())


def load(path):
    return yaml.safe_load(text(path)) or {}


def options(role):
    return load(role / "meta/argument_specs.yml")["argument_specs"]["main"].get("options", {})


def test_there_are_roles():
    assert ROLES


@pytest.fixture(params=ROLES, ids=lambda role: role.name)
def role(request):
    return request.param


def test_same_few_files(role):
    nothing([name for name in sorted(NEEDED) if not (role / name).is_file()])
    nothing({p.name for p in role.iterdir()} - PLACES)


def test_defaults_equal_the_specs(role):
    """What is computed from other variables is an option whose description says how."""
    defaults = load(role / "defaults/main.yml")
    computed = {name for name, value in defaults.items() if isinstance(value, str) and "{{" in value}
    specified = {name: spec["default"] for name, spec in options(role).items() if "default" in spec}
    assert {name: value for name, value in defaults.items() if name not in computed} == specified
    nothing(computed - set(options(role)))


def test_every_option_says_what_it_is(role):
    nothing([name for name, spec in options(role).items() if not spec.get("description") or not spec.get("type")])


def test_handlers_and_tasks_have_names(role):
    files = sorted([*role.glob("tasks/*.yml"), *role.glob("handlers/*.yml")])
    nothing([f"{path.name}: {task}" for path in files for task in load(path) or [] if "name" not in task])
