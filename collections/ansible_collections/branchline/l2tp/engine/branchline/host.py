"""All lines of one host: those that it opens, those that it answers and those that it carries on."""

from __future__ import annotations

import asyncio
from typing import Any

from branchline.config import Config, Line
from branchline.gateway.switch import Switch
from branchline.lac.concentrator import AccessConcentrator
from branchline.lines.backoff import Patience
from branchline.lines.client import ClientLine
from branchline.lines.context import Context
from branchline.lines.pppoe_client import PppoeClientLine
from branchline.lines.server import LnsServer


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
        for line in self.config.lines.values():
            self._start(line)

    async def close(self) -> None:
        """Say goodbye on every line and give up every device."""
        await asyncio.gather(*(self._stop(name) for name in list(self._lines)))
        if self._server is not None:
            await self._server.close()
        if self._switch is not None:
            await self._switch.close()
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
        self.config = config
        gone = [name for name, (client, _task) in self._lines.items() if config.lines.get(name) != client.line]
        await asyncio.gather(*(self._stop(name) for name in gone))
        for name, line in config.lines.items():
            if name not in self._lines:
                self._start(line)

    def lost_ipsec(self, connection: str) -> None:
        """charon says that `connection` has no SA any more."""
        for line, _task in self._lines.values():
            if line.line.ipsec is not None and line.line.ipsec.connection == connection:
                line.lost_ipsec()
        if self._switch is not None:
            self._switch.lost_ipsec(connection)

    def lost_device(self, interface: str) -> None:
        """Somebody else has removed a device of ours."""
        for line, _task in self._lines.values():
            if line.line.interface == interface:
                line.lost_device()
        if self._server is not None and self._server.config.interface == interface:
            self._server.jobs.put(self._server.lost_device)

    def reconnect(self, name: str) -> None:
        """Open a line anew, from either end; KeyError for an unknown one."""
        if name in self._lines:
            self._lines[name][0].reconnect()
        elif not any(part.reconnect(name) for part in (self._server, self._switch) if part is not None):
            raise KeyError(name)

    def status(self) -> dict[str, Any]:
        """Return listeners, lines, trunks and pools for the status."""
        answering = [part for part in (self._server, self._switch) if part is not None]
        lines = [line.status() for line, _task in self._lines.values()]
        return {
            "listeners": [listener for part in answering for listener in part.listeners()],
            "lines": lines + [entry for part in answering for entry in part.status()],
            "trunks": [trunk.status() for trunk in self._switch.trunks.values()] if self._switch else [],
            "pools": self._server.addresses.status() if self._server else [],
        }

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

    def _start(self, line: Line) -> None:
        if not line.enabled:
            return
        client = ClientLine(line, self.context, self._patience)
        task = asyncio.get_running_loop().create_task(client.run())
        self._lines[line.name] = (client, task)

    async def _stop(self, name: str) -> None:
        if name not in self._lines:
            return
        _line, task = self._lines.pop(name)
        while not task.done():  # before Python 3.12 wait_for may swallow one
            task.cancel()
            await asyncio.wait({task}, timeout=1.0)
