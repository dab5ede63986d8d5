"""Which rule a call falls under: pure."""

from __future__ import annotations

from collections.abc import Iterable

from branchline.gateway_config import Rule
from branchline.l2tp.call import Call


def choose(rules: Iterable[Rule], host_name: str, call: Call) -> Rule | None:
    """Return the first rule whose conditions all hold for a call of the tunnel of `host_name`, None if none does."""
    realm = call.proxy.name.rpartition("@")[2] if call.proxy and "@" in call.proxy.name else None
    for rule in rules:
        if may_match(rule, host_name, call) and rule.realm in (None, realm):
            return rule
    return None


def may_match(rule: Rule, host_name: str, call: Call) -> bool:
    """Whether what an ICRQ tells fits; the realm comes with the ICCN, from a LAC that has authenticated the caller."""
    return rule.host_name in (None, host_name) and rule.called_number in (None, call.called_number)
