"""Imports point one way: wire <- l2tp, ppp, pppoe <- lines, aio, datapath <- daemon."""

from __future__ import annotations

import pytest
from tree import COLLECTION, ENGINE, imported, name, nothing, python

BASE = {"errors"}
PURE = {*BASE, "wire"}
CORE = {*PURE, "l2tp", "ppp", "pppoe"}
LINES = {"pppoe_config", "dial_config", "standby_config", "line_config"}
SECTIONS = {"trunk_config", "gateway_config", "lac_config", *LINES}  # of the configuration
MAY_IMPORT = {
    # part of the engine: the other parts that it may import
    "errors": set(),
    "reader": BASE,
    "show": BASE,
    "trunk_config": {*BASE, "reader"},
    "gateway_config": {*BASE, "reader", "trunk_config", "lac_config"},
    "lac_config": {*BASE, "reader", "trunk_config"},
    "pppoe_config": {*BASE, "reader"},
    "dial_config": {*BASE, "reader"},
    "standby_config": {*BASE, "reader", "trunk_config"},
    "line_config": {*BASE, "reader", "trunk_config", "lac_config", *LINES},
    "config": {*BASE, "reader", *SECTIONS},
    "wire": BASE,
    "l2tp": PURE,
    "ppp": PURE,
    "pppoe": PURE,
    "datapath": CORE,
    "aio": {*CORE, "config"},
    "lines": {*CORE, *LINES, "config", "trunk_config", "aio", "datapath"},
    "trunks": {*CORE, "trunk_config", "aio", "datapath", "lines"},
    "gateway": {*CORE, *SECTIONS, "aio", "datapath", "lines", "trunks"},
    "lac": {*CORE, *SECTIONS, "aio", "datapath", "lines", "trunks"},
    "host": {"config", "line_config", "lines", "gateway", "lac"},
}
ENTRY = {"daemon", "cli", "__main__", "__init__"}  # join everything, and are imported by nobody below them
IMPURE = {"asyncio", "logging", "os", "random", "secrets", "select", "socket", "subprocess", "threading", "time"}


def part(path):
    """Part of the engine that a file belongs to: its package, or its own name at the top."""
    return path.relative_to(ENGINE).parts[0].removesuffix(".py")


def package(path):
    """Package that a file of the engine lies in, as words."""
    return ("branchline", *path.relative_to(ENGINE).parts[:-1])


def engine_files():
    return [path for path in python() if ENGINE in path.parents]


def engine_imports():
    """(file, its part, imported part) of every import inside the engine."""
    for path in engine_files():
        for dotted in imported(path):
            words = dotted.split(".")
            if words[0] == "branchline" and len(words) > 1:
                yield name(path), part(path), words[1]


def test_every_part_has_its_place():
    nothing({part(path) for path in engine_files()} - ENTRY - set(MAY_IMPORT))


def test_parts_import_only_what_is_below_them():
    parts = {part(path) for path in engine_files()}
    wrong = [
        f"{where} imports {other}"
        for where, own, other in engine_imports()
        if own not in ENTRY and other in parts - {"__init__"} and other != own and other not in MAY_IMPORT[own]
    ]
    nothing(wrong)


@pytest.mark.parametrize("core", ["wire", "l2tp", "ppp", "pppoe"])
def test_core_has_no_clock_socket_randomness_or_log(core):
    wrong = [
        f"{name(path)} imports {dotted}"
        for path in engine_files()
        if part(path) == core
        for dotted in imported(path)
        if dotted.split(".")[0] in IMPURE
    ]
    nothing(wrong)


def test_modules_do_not_import_the_engine():
    """They run on the managed host, and speak to its control socket."""
    roots = [COLLECTION / "plugins" / kind for kind in ("modules", "module_utils")]
    plugins = [path for path in python() if any(root in path.parents for root in roots)]
    wrong = [
        name(path)
        for path in plugins
        for dotted in imported(path)
        if f"{dotted}.".startswith(("branchline.", "ansible_collections.branchline.l2tp.engine."))
    ]
    nothing(wrong)
