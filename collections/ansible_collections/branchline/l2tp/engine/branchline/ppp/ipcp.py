"""IPCP's opinions about options (RFC 1332 3, RFC 1877 1); the automaton does the rest."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import Any

from branchline.ppp.config import NetworkConfig
from branchline.ppp.options import AgreementError, Opinion, Options
from branchline.wire import ppp_options
from branchline.wire.ppp_options import Option

NOTHING = IPv4Address(0)


class Ipcp(Options):
    """Addresses of both ends and the servers for names. Compression of headers is rejected, as all that is unnamed."""

    table = ppp_options.IPCP
    insisted = frozenset(("ip_address",))

    def __init__(self, config: NetworkConfig) -> None:
        self._config = config
        super().__init__()

    def reset(self) -> None:
        """Ask for everything again."""
        self._wishes: dict[str, IPv4Address] = {"ip_address": self._config.local_address or NOTHING}
        if self._config.ask_dns:
            self._wishes.update(dns1=NOTHING, dns2=NOTHING)
        self.peer_address = self._config.peer_address or NOTHING

    @property
    def local_address(self) -> IPv4Address:
        """Our end's, 0.0.0.0 if the peer gave none."""
        return self._wishes.get("ip_address", self._config.local_address or NOTHING)

    @property
    def dns(self) -> tuple[IPv4Address, ...]:
        """The servers that the peer gave us."""
        servers = (self._wishes.get(name, NOTHING) for name in ("dns1", "dns2"))
        return tuple(server for server in servers if server != NOTHING)

    def request(self) -> list[Option]:
        """0.0.0.0 asks the peer for an address (RFC 1332 3.3)."""
        return list(self._wishes.items())

    def opinions(self) -> Mapping[str, Opinion]:
        """Addresses that we have are given; those that we do not have are not."""
        servers = {name: _always(server) for name, server in zip(("dns1", "dns2"), self._config.dns)}
        return {"ip_address": self._opinion_of_peer_address, **servers}

    def missing(self, asked: list[Option]) -> list[Option]:
        """A peer that must have a certain address is told so even if it does not ask."""
        if self._config.peer_address is None or "ip_address" in dict(asked):
            return []
        return [("ip_address", self._config.peer_address)]

    def agreed(self, asked: list[Option]) -> None:
        """Note the address of the peer."""
        self.peer_address = dict(asked).get("ip_address", self.peer_address)

    def nakked(self, hints: dict[str, Any]) -> None:
        """Take what the peer gives, unless our address is configured."""
        address = hints.get("ip_address", NOTHING)
        if self._config.local_address not in (None, address):
            self.disagreement = f"the peer wants us to be {address}; {self._config.local_address} is configured"
        elif _is_usable(address):
            self._wishes["ip_address"] = address
        for name in ("dns1", "dns2"):
            if name in self._wishes and _is_usable(hints.get(name, NOTHING)):
                self._wishes[name] = hints[name]

    def rejected(self, names: set[str]) -> None:
        """Do without, unless we have no address of our own."""
        if "ip_address" in names and self._config.local_address is None:
            raise AgreementError("the peer gives us no address")
        for name in names:
            self._wishes.pop(name, None)

    def _opinion_of_peer_address(self, address: IPv4Address) -> IPv4Address | None:
        wanted = self._config.peer_address
        if wanted is None and _is_usable(address):
            return address
        if wanted is None:
            self.disagreement = f"the peer asks for an address ({address}) and none is configured for it"
        elif address not in (NOTHING, wanted):
            self.disagreement = f"the peer insists on the address {address}; it is given {wanted}"
        return wanted


def _always(server: IPv4Address) -> Opinion:
    return lambda _: server


def _is_usable(address: IPv4Address) -> bool:
    return not (address == NOTHING or address.is_multicast or address.is_loopback)
