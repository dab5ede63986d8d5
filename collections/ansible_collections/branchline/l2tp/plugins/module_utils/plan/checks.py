# Copyright (c) Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contradictions between hosts: every one is reported, none twice, in time that grows with the number of hosts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import IPv4Address

from ansible_collections.branchline.l2tp.plugins.module_utils.plan import addresses, profiles
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.addresses import UNKNOWN, Claim, Range
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.backends import KERNEL, TUNNEL
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import PREFIX, Report
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.hops import Hop
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import Answerer, Client, Host, Lns, Network
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.lines import Line

BRANCH_LAN = "LAN of a branch"
SHARED_USES = frozenset({"LAN of the LNS", "virtual IPs"})
"""Several LNSs may stand before the same LAN, and each has virtual IPs of its own."""


def check(network: Network, lines: Sequence[Line], report: Report) -> None:
    """Run every check."""
    hosts = network.hosts
    answerers: list[Answerer] = [*network.lns.values(), *network.gateways.values()]
    _overlaps(network, report)
    _unique(((host.identity, host.name, "id") for host in hosts), "IKE identity", report)
    _unique(((line.connection, line.branch.name, "line") for line in lines), "name of a line", report)
    _unique(_fixed(network), "fixed address", report)
    _unique(
        ((str(host.address), host.name, "address") for host in answerers if host.address != UNKNOWN),
        "address",
        report,
    )
    for host in hosts:
        _probe(host, report)
    for host in answerers:
        _profiles(host, report)
    for line in lines:
        check_fixed_address(line.branch, line.server, line.pool, report)
        check_hop(line, report)
        _windows(line, report)


def check_hop(hop: Hop, report: Report) -> None:
    """What the two ends of a tunnel can get wrong together."""
    for one in (_ikev1, _protection, _certificates):
        one(hop, report)


def _claims(network: Network) -> Iterator[Claim]:
    clients: list[Client] = [*network.branches.values(), *network.remotes.values()]
    for branch in clients:
        for lan in branch.lans:
            yield Claim(addresses.whole(lan), branch.name, "lans", BRANCH_LAN, str(lan))
    for lns in network.lns.values():
        for lan in lns.lans:
            yield Claim(addresses.whole(lan), lns.name, "lans", "LAN of the LNS", str(lan))
        yield Claim(addresses.whole(lns.vip_pool), lns.name, "vip_pool", "virtual IPs", str(lns.vip_pool))
        for name, ranges in lns.pools.items():
            for one in ranges:
                yield Claim(one, lns.name, "pools", "pool", f"{name} {one}")
        if lns.address != UNKNOWN:
            outer = Range(int(lns.address), int(lns.address))
            yield Claim(outer, lns.name, "address", "LAN of the LNS", str(lns.address))


def _overlaps(network: Network, report: Report) -> None:
    for first, second in addresses.overlaps(_claims(network), SHARED_USES):
        # Whichever comes first: it is the branch that has to give way to the LNS.
        claim, other = (first, second) if second.use != BRANCH_LAN == first.use else (second, first)
        own_lan = other.host == claim.host and "address" in (other.variable, claim.variable) and other.use == claim.use
        if own_lan:
            continue  # the LNS's outer address may be one of its own LAN: the engine pins the route to it
        report.error(
            claim.host,
            claim.variable,
            f"{claim.text} overlaps {other.text} of {other.host}.{PREFIX}{other.variable}",
            "give each its own addresses",
        )


def _unique(items: Iterable[tuple[str, str, str]], what: str, report: Report) -> None:
    """Report each value that two hosts have; an item is (value, host, variable)."""
    owners: dict[str, str] = {}
    for value, host, variable in items:
        owner = owners.setdefault(value, host)
        if owner != host:
            report.error(host, variable, f"{what} {value!r} is that of {owner} already", "give each host its own")


def _fixed(network: Network) -> Iterator[tuple[str, str, str]]:
    clients: list[Client] = [*network.branches.values(), *network.remotes.values()]
    for branch in clients:
        if branch.fixed_address not in (None, UNKNOWN):
            yield str(branch.fixed_address), branch.name, "fixed_address"
    for one in network.branches.values():
        for choice in one.standby:
            if choice.fixed_address is not None:
                yield str(choice.fixed_address), one.name, "standby"


def _probe(host: Host, report: Report) -> None:
    if host.probe is not None and not addresses.within(host.lans, host.probe):
        report.error(
            host.name, "probe", f"{host.probe} is in none of its lans", "name a host of its lans that answers ping"
        )


def _profiles(lns: Answerer, report: Report) -> None:
    for name in sorted(set(lns.profiles) & set(profiles.BUILT_IN)):
        report.error(lns.name, "profiles", f"{name!r} is the name of a built-in profile", "give yours another name")
    for profile in lns.profiles.values():
        for verdict in profiles.judge(profile):
            say = report.error if verdict.refused else report.warn
            say(lns.name, "profiles", verdict.problem, "take one of RFC 8221 or RFC 8247 that is at least MAY")


def check_pools(network: Network, wanted: Counter[tuple[str, str]], report: Report) -> None:
    """Whether pools are large enough; `wanted` counts the lines by LNS and pool."""
    for (name, pool), count in wanted.items():
        lns = network.lns[name]
        ranges = lns.pools.get(pool)
        size = sum(one.size for one in addresses.without(ranges, lns.ppp_address)) if ranges else None
        if size is not None and size < count:
            report.error(name, "pools", f"pool {pool!r} has {size} addresses for {count} lines", "make it larger")


def check_vip_pools(hops: Iterable[Hop], report: Report) -> None:
    """Whether there are enough virtual IPs."""
    tunnelled = [hop for hop in hops if hop.mode.name == TUNNEL]
    answerers = {hop.lns.name: hop.lns for hop in tunnelled}
    for name, count in Counter(hop.lns.name for hop in tunnelled).items():
        pool = answerers[name].vip_pool
        size = addresses.usable(pool).size
        if size < count:
            problem = f"{pool} has {size} virtual IPs for {count} lines in tunnel mode"
            report.error(name, "vip_pool", problem, "make it larger")


def check_fixed_address(client: Client, lns: Lns, pool: str, report: Report) -> None:
    """Whether an LNS can give a client the address that it wants."""
    fixed: IPv4Address | None = client.fixed_address
    if fixed is None or fixed == UNKNOWN or not lns.pools:
        return
    if fixed == lns.ppp_address:
        report.error(client.name, "fixed_address", f"{fixed} is the LNS's own ({lns.name})", "choose another one")
    elif not addresses.contains(lns.pools.get(pool, ()), fixed):
        where = f"pool {pool!r}" if pool else "every pool"
        report.error(
            client.name,
            "fixed_address",
            f"{fixed} is outside {where} of {lns.name}",
            "choose one of the pool, or extend the pool",
        )


def _ikev1(line: Hop, report: Report) -> None:
    branch = line.branch
    if branch.ike_version != 1 or not line.protected:
        return
    report.warn(branch.name, "ike_version", "IKEv1 is deprecated (RFC 9395)", "use IKEv2 wherever the other end has it")
    if branch.ike_auth != "psk":
        return
    report.warn(
        line.lns.name,
        "ikev1_psk",
        "all IKEv1 PSK branches share this key: main mode selects it by address, and NAT hides theirs",
        "use IKEv2 or X.509 wherever the other end has it",
    )
    if branch.psk:
        report.error(
            branch.name,
            "psk",
            "IKEv1 main mode cannot select a key of the branch's own",
            f"set it to null here; the shared one is {line.lns.name}.{PREFIX}ikev1_psk",
        )


def _protection(line: Hop, report: Report) -> None:
    branch = line.branch
    if not line.protected:
        problem = f"none: the line is not encrypted, and {line.lns.name} takes L2TP in clear from anywhere"
        report.warn(branch.name, "protection", problem, "use esp except for tests")
    elif branch.protection != "esp":
        _ah(line, report)


def _ah(line: Hop, report: Report) -> None:
    branch = line.branch
    for end, backend in ((branch.name, line.branch_backend), (line.lns.name, line.lns_backend)):
        if backend.name != KERNEL:
            problem = f"{branch.protection} needs the kernel's IPsec, and {end} has libipsec"
            remedy = f"use esp, or set {PREFIX}ipsec_backend of {end} to kernel"
            report.error(branch.name, "protection", problem, remedy)
    if not line.profile.ah:
        report.error(branch.name, "profile", f"profile {line.profile.name!r} has no proposal for ah", "add one")
    if branch.behind_nat:
        report.error(
            branch.name,
            "protection",
            f"{branch.protection} cannot pass the NAT that {PREFIX}behind_nat tells of: AH covers the addresses",
            "use esp",
        )
    if branch.protection == "esp+ah" and branch.ipsec_mode == TUNNEL:
        report.error(branch.name, "ipsec_mode", "is tunnel, and ESP within AH is in transport mode", "remove it")
    what = [] if branch.protection == "esp+ah" else ["ah does not encrypt"]
    what += ["no NAT lets ah through"] if branch.behind_nat is None else []
    if what:
        report.warn(branch.name, "protection", " and ".join(what), "use esp")


def _windows(line: Line, report: Report) -> None:
    """The built-in client of Windows speaks transport mode only."""
    branch = line.branch
    if branch.managed or line.profile.name != "windows" or line.mode.name != TUNNEL:
        return
    report.error(
        branch.name,
        "profile",
        f"Windows needs transport mode, and the line has {line.mode.reason}",
        f"set {PREFIX}ipsec_backend of {branch.name} to kernel, and serve it from an LNS whose kernel has ESP",
    )


def _certificates(line: Hop, report: Report) -> None:
    if line.branch.ike_auth != "x509" or not line.protected:
        return
    ends: tuple[Host, ...] = (line.branch, line.lns)
    for host in ends:
        for variable in ("certificate", "private_key", "ca") if host.managed else ("certificate", "ca"):
            if not getattr(host, variable):
                _missing(host, variable, report.error)


def _missing(host: Host, variable: str, say: Callable[[str, str, str, str], None]) -> None:
    say(
        host.name,
        variable,
        "is missing, and a line of the host uses x509",
        "set it: PEM text or a path on the controller",
    )
