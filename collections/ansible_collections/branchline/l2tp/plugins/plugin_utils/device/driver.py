# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a driver package can do, as pure functions: render a state, parse what a device shows, tell the difference.

Secrets stand in states as {"$secret": reference} and in commands as placeholders; `fill` resolves them, last of all.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import (
    masking,
    package,
    proposals,
    rules,
    states,
    templates,
    verify,
)
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device.grammars import (
    indented,
    objects,
    shell_files,
    statements,
)

GRAMMARS: dict[str, ModuleType] = {
    "indented": indented,
    "set": statements,
    "objects": objects,
    "files": shell_files,
}
Data = dict[str, Any]
combined = states.combined
references = masking.references
checks = verify.checks
evidence = verify.evidence
SecretError = masking.SecretError
UnknownPlatformError = package.UnknownPlatformError


def platforms() -> tuple[str, ...]:
    """The platforms that have a driver package."""
    return package.names()


def capabilities(platform: str) -> Data:
    """What a platform can do; raises UnknownPlatformError."""
    return copy.deepcopy(package.load(platform).capabilities)


def all_capabilities() -> dict[str, Data]:
    """The capabilities of every platform by name, as the plan wants them."""
    return {name: capabilities(name) for name in platforms()}


def session(platform: str) -> Data:
    """How a session with the device goes: netmiko's type, prompts, errors, identity, what saves the configuration."""
    return copy.deepcopy(package.load(platform).platform["session"])


def transaction(platform: str) -> Data:
    """How the platform takes changes back by itself unless they are confirmed."""
    return copy.deepcopy(package.load(platform).platform["transaction"])


def show_commands(platform: str) -> list[str]:
    """What shows the configuration that parse() reads."""
    return list(package.load(platform).platform["show"])


def wanted(desired: Mapping[str, Any]) -> Data:
    """The state in a device's part of the plan."""
    return {**copy.deepcopy(states.EMPTY), **copy.deepcopy(desired["device"])}


def parse(platform: str, outputs: Mapping[str, str], secrets: Mapping[str, str] | None = None) -> Data:
    """The state that a device shows: only what is Branchline's. `secrets`: values by reference, to know them again."""
    own = package.load(platform)
    grammar, text = _grammar(own), "\n".join(outputs.values())
    found = rules.parse(grammar.flatten(text, own.platform), own.platform["parse"], secrets or {})
    state = _completed(own, found)
    if own.platform.get("whole"):
        shown = _concealed(own, text, secrets or {})
        if shown.split() != _text(own, state).split():
            state["drift"] = shown
    return state


def _concealed(own: package.Package, text: str, secrets: Mapping[str, str]) -> str:
    """What a device shows with placeholders for the secrets that are ours, and nothing of those that are not."""
    for ref, value in sorted(secrets.items(), key=lambda one: len(one[1]), reverse=True):
        text = text.replace(value, masking.placeholder({"$secret": ref}))
    return masking.mask(text, (), own.platform.get("mask", ()))


def _completed(own: package.Package, found: Mapping[str, Any]) -> Data:
    """What the rules found, with the platform's defaults for what its configuration leaves out."""
    defaults = own.platform.get("defaults", {})
    state: Data = {**copy.deepcopy(states.EMPTY), **found}
    state["lines"] = {name: _part(own, line, defaults.get("line", {})) for name, line in state["lines"].items()}
    for part in ("lns", "lac"):
        state[part] = _part(own, state[part], defaults.get(part, {})) if state[part] else None
    return state


def _part(own: package.Package, found: Mapping[str, Any], defaults: Mapping[str, Any]) -> Data:
    made = package.merged(copy.deepcopy(dict(defaults)), found)
    for name in ("users", "groups"):
        each = made.pop(f"each_{name}", {})
        if name in made:
            made[name] = {key: package.merged(copy.deepcopy(each), value) for key, value in made[name].items()}
    ipsec = made.pop("if_ipsec", {})
    if made.get("ipsec"):
        made["ipsec"] = _ipsec(own, package.merged(copy.deepcopy(ipsec), made["ipsec"]))
    return made


def _ipsec(own: package.Package, ipsec: Data) -> Data:
    for name, protocol in (("proposals", "ike"), ("esp_proposals", "esp")):
        found = ipsec.get(name)
        if isinstance(found, Mapping):
            words = own.capabilities["algorithms"].get(protocol if ipsec.get("version") != 1 else f"{protocol}v1")
            words = words or own.capabilities["algorithms"][protocol]
            ordered = [found[key] for key in sorted(found, key=lambda key: (len(key), key))]
            ipsec[name] = [proposals.joined(one, words) for one in ordered]
    return ipsec


def text(platform: str, state: Mapping[str, Any]) -> str:
    """The configuration of a state, in the device's own form; placeholders stand for secrets."""
    return str(state["drift"]) if state.get("drift") else _text(package.load(platform), state)


def _text(own: package.Package, state: Mapping[str, Any]) -> str:
    return templates.render(own, "config.j2", {**states.EMPTY, **state})


def render(platform: str, desired: Mapping[str, Any]) -> list[str]:
    """All commands, for a device that has nothing of Branchline's."""
    return difference(platform, states.EMPTY, wanted(desired))


def difference(
    platform: str, before: Mapping[str, Any], after: Mapping[str, Any], state: str = states.OVERRIDDEN
) -> list[str]:
    """Commands that lead from `before` to what `state` makes of it and `after`; none, if nothing is to be done."""
    own = package.load(platform)
    grammar = _grammar(own)
    target = states.combined(before, after, state)
    there = text(platform, {**states.known(before, target), "drift": before.get("drift")})
    there = grammar.without(there, [masking.MISSING])
    commands: list[str] = grammar.difference(there, _text(own, target), own.platform)
    return commands


def fill(platform: str, commands: Iterable[str], secrets: Mapping[str, str]) -> list[str]:
    """The commands with their secrets, right before they are sent; raises SecretError, which names references alone."""
    return masking.fill(commands, secrets, package.load(platform).capabilities.get("secret_pattern", r"[!-~]+"))


def mask(text: str, secrets: Iterable[str], platform: str) -> str:
    """A text of a session as it may be shown or logged."""
    return masking.mask(text, secrets, package.load(platform).platform.get("mask", ()))


def document(platform: str, desired: Mapping[str, Any], secrets: Mapping[str, str]) -> tuple[str, str]:
    """(name, text) of the finished configuration for whoever applies it; it holds the secrets: write it 0600."""
    own = package.load(platform)
    name = str(own.platform.get("document", "{host}.txt")).format(host=desired["host"])
    script = own.platform["grammar"] == "files"
    texts = [f"{command}\n" for command in ("set -e", *render(platform, desired))] if script else []
    return name, "".join(fill(platform, texts or [_text(own, wanted(desired))], secrets))


def _grammar(own: package.Package) -> ModuleType:
    return GRAMMARS[own.platform["grammar"]]
