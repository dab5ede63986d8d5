"""Which rule a call falls under: pure."""

from __future__ import annotations

from collections.abc import Iterable

from branchline.gateway_config import Rule
from branchline.l2tp.call import Call


def choose(rules: Iterable[Rule], host_name: str, call: Call) -> Rule | None:
    """Return the first rule whose conditions all hold for a call of the tunnel of `host_name`, None if none does."""
    realm = realm_of(call)
    for rule in rules:
        if may_match(rule, host_name, call) and rule.realm in (None, realm):
            return rule
    return None


def must_ask(rules: Iterable[Rule], host_name: str, call: Call) -> bool:
    """Whether the caller has to be asked who it is: no LAC has done so, and the first rule that fits wants a realm."""
    if call.proxy and call.proxy.name:
        return False
    first = next((rule for rule in rules if may_match(rule, host_name, call)), None)
    return first is not None and first.realm is not None


def may_match(rule: Rule, host_name: str, call: Call) -> bool:
    """Whether what an ICRQ tells fits; a realm comes with the ICCN of a LAC, or out of the caller's own mouth."""
    return rule.host_name in (None, host_name) and rule.called_number in (None, call.called_number)


def realm_of(call: Call) -> str | None:
    """Return the realm of the name that the caller has given (user@realm), None where there is none."""
    return call.proxy.name.rpartition("@")[2] if call.proxy and "@" in call.proxy.name else None
