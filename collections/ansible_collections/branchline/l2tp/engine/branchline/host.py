"""All lines of one host: those that it opens, those that it answers and those that it carries on."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from branchline.config import Config
from branchline.gateway.switch import Switch
from branchline.lac.concentrator import AccessConcentrator
from branchline.line_config import Line
from branchline.lines.backoff import Patience
from branchline.lines.client import ClientLine
from branchline.lines.context import Context
from branchline.lines.pppoe_client import PppoeClientLine
from branchline.lines.server import LnsServer
from branchline.lines.standby_client import StandbyClientLine


class Answering(Protocol):
    """What answers others: an LNS, a gateway, an access concentrator."""

    def listeners(self) -> list[dict[str, Any]]:
        """Return the listeners' part of the status."""

    def status(self) -> list[dict[str, Any]]:
        """Return an entry for each of its lines."""

    def reconnect(self, line: str) -> bool:
        """End what there is of `line`; False if there is nothing."""


class Host:
    """Runs a configuration; `apply` moves to another one and touches only what differs."""

    def __init__(self, config: Config, context: Context, patience: Patience) -> None:
        self.config = config
        self.context = context
        self._patience = patience
        self._lines: dict[str, tuple[ClientLine, asyncio.Task[None]]] = {}
        self._server: LnsServer | None = None
        self._switch: Switch | None = None
        self._concentrator: AccessConcentrator | None = None
        context.charon.on_lost = self.lost_ipsec
        context.datapath.on_lost = self.lost_device

    async def open(self) -> None:
        """Listen, and start every enabled line; raises LocalError where the LNS cannot listen."""
        await self._serve(self.config)
        await self._carry_on(self.config)
        await self._take_in(self.config)
        for line in self.config.lines.values():
            self._start(line)

    async def close(self) -> None:
        """Say goodbye on every line and give up every device."""
        await asyncio.gather(*(self._stop(name) for name in list(self._lines)))
        if self._server is not None:
            await self._server.close()
        if self._switch is not None:
            await self._switch.close()
        if self._concentrator is not None:
            await self._concentrator.close()
        await self.context.charon.close()
        await self.context.datapath.close()

    def takes(self, config: Config) -> bool:
        """Whether `apply` can move to `config`: name, mark and data path are of every socket and session."""
        mine = self.config
        return (mine.host_name, mine.mark, mine.datapath) == (config.host_name, config.mark, config.datapath)

    async def apply(self, config: Config) -> None:
        """Move to `config`; raises LocalError before anything has changed where the LNS cannot listen."""
        await self._serve(config)
        await self._carry_on(config)
        await self._take_in(config)
        self.config = config
        gone = [name for name, (client, _task) in self._lines.items() if config.lines.get(name) != client.line]
        await asyncio.gather(*(self._stop(name) for name in gone))
        for name, line in config.lines.items():
            if name not in self._lines:
                self._start(line)

    def lost_ipsec(self, connection: str) -> None:
        """charon says that `connection` has no SA any more."""
        for line, _task in self._lines.values():
            line.lost_ipsec(connection)
        for part in (self._switch, self._concentrator):
            if part is not None:
                part.lost_ipsec(connection)

    def lost_device(self, interface: str) -> None:
        """Somebody else has removed a device of ours."""
        for line, _task in self._lines.values():
            if line.line.interface == interface:
                line.lost_device()
        if self._server is not None:
            self._server.lost_interface(interface)

    def reconnect(self, name: str) -> None:
        """Open a line anew, from either end; KeyError for an unknown one."""
        if name in self._lines:
            self._lines[name][0].reconnect()
        elif not any(part.reconnect(name) for part in self._answering()):
            raise KeyError(name)

    def dial(self, name: str) -> None:
        """Open a line of this host's now; KeyError for another one, LocalError outside of its hours."""
        self._lines[name][0].dial()

    def hang_up(self, name: str) -> None:
        """Close a line that dials on demand; KeyError for a line of others, ConfigError for any other."""
        self._lines[name][0].hang_up()

    def call(self, name: str) -> None:
        """Have a concentrator call the user of a line; KeyError for an unknown one, LocalError where it cannot be."""
        if self._server is None or not self._server.call(name):
            raise KeyError(name)

    def status(self) -> dict[str, Any]:
        """Return listeners, lines, trunks and pools for the status."""
        trunks = [part.trunks for part in (self._switch, self._concentrator) if part is not None]
        lines = [line.status() for line, _task in self._lines.values()]
        return {
            "listeners": [listener for part in self._answering() for listener in part.listeners()],
            "lines": lines + [entry for part in self._answering() for entry in part.status()],
            "trunks": [trunk.status() for each in trunks for trunk in each.values()],
            "lac": self._concentrator.summary() if self._concentrator else None,
            "pools": self._server.addresses.status() if self._server else [],
        }

    def _answering(self) -> list[Answering]:
        parts: tuple[Answering | None, ...] = (self._server, self._switch, self._concentrator)
        return [part for part in parts if part is not None]

    async def _serve(self, config: Config) -> None:
        if self._server is not None and config.lns is None:
            await self._server.close()
            self._server = None
        elif self._server is not None and config.lns is not None:
            await self._server.apply(config.lns)
        elif config.lns is not None:
            self._server = LnsServer(config.lns, self.context)
            await self._server.open()

    async def _carry_on(self, config: Config) -> None:
        if self._switch is not None and config.gateway is None:
            await self._switch.close()
            self._switch = None
        elif self._switch is not None and config.gateway is not None:
            await self._switch.apply(config.gateway)
        elif config.gateway is not None:
            self._switch = Switch(config.gateway, self.context)
            await self._switch.open()

    async def _take_in(self, config: Config) -> None:
        if self._concentrator is not None and config.lac is None:
            await self._concentrator.close()
            self._concentrator = None
        elif self._concentrator is not None and config.lac is not None:
            await self._concentrator.apply(config.lac)
        elif config.lac is not None:
            self._concentrator = AccessConcentrator(config.lac, self.context)
            await self._concentrator.open()

    def _start(self, line: Line) -> None:
        if not line.enabled:
            return
        client = self._client(line)
        task = asyncio.get_running_loop().create_task(client.run())
        self._lines[line.name] = (client, task)

    def _client(self, line: Line) -> ClientLine:
        if line.pppoe is not None:
            return PppoeClientLine(line, line.pppoe, self.context, self._patience)
        if line.standby:
            return StandbyClientLine(line, self.context, self._patience)
        return ClientLine(line, self.context, self._patience)

    async def _stop(self, name: str) -> None:
        if name not in self._lines:
            return
        _line, task = self._lines.pop(name)
        while not task.done():  # before Python 3.12 wait_for may swallow one
            task.cancel()
            await asyncio.wait({task}, timeout=1.0)
