"""Files and functions stay small enough to read."""

from __future__ import annotations

import ast

from tree import name, nothing, parsed, python, text

FILE_LINES = 300
FUNCTION_LINES = 50
DEPTH = 3
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try)


def functions():
    """(path, function) of all our Python."""
    for path in python():
        for node in ast.walk(parsed(path)):
            if isinstance(node, FUNCTIONS):
                yield path, node


def depth(statements):
    """Levels of blocks below a list of statements; `elif` is not a level, and an inner function counts for itself."""
    deepest = 0
    for node in statements:
        if isinstance(node, BLOCKS):
            deepest = max(deepest, *(depth_of_branch(node, branch) for branch in branches(node)))
    return deepest


def branches(node):
    """Lists of statements inside a block."""
    handlers = [handler.body for handler in getattr(node, "handlers", [])]
    return [node.body, getattr(node, "orelse", []), getattr(node, "finalbody", []), *handlers]


def depth_of_branch(node, branch):
    """Depth of one branch of a block, counted from the block's own statement."""
    chained = isinstance(node, ast.If) and branch is node.orelse and len(branch) == 1 and isinstance(branch[0], ast.If)
    return depth(branch) if chained else 1 + depth(branch)


def test_files():
    long = [
        f"{name(path)}: {text(path).count(chr(10))} lines" for path in python() if text(path).count("\n") > FILE_LINES
    ]
    nothing(long)


def test_functions():
    long = [
        f"{name(path)}:{node.lineno} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for path, node in functions()
        if node.end_lineno - node.lineno >= FUNCTION_LINES
    ]
    nothing(long)


def test_nesting():
    deep = [
        f"{name(path)}:{node.lineno} {node.name}: {depth(node.body)} levels"
        for path, node in functions()
        if depth(node.body) > DEPTH
    ]
    nothing(deep)
