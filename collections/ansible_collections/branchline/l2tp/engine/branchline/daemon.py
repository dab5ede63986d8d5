"""The engine as a process: reads the configuration, runs the lines, answers the control socket."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from branchline import __version__
from branchline.aio.charon import Charon
from branchline.aio.control import ControlServer
from branchline.aio.systemd import notify
from branchline.config import Config, parse
from branchline.datapath.choose import choose, ensure
from branchline.datapath.netlink import Netlink
from branchline.errors import ConfigError, LocalError
from branchline.host import Host
from branchline.lines.backoff import Patience
from branchline.lines.changes import changes_between
from branchline.lines.context import Context
from branchline.lines.explain import explain
from branchline.lines.journal import Journal

LOG = logging.getLogger(__name__)


class Daemon:
    """One engine; `run` serves until SIGTERM or SIGINT, and raises a BranchlineError where it cannot start."""

    def __init__(self, config_path: Path, control_path: Path) -> None:
        self._config_path = config_path
        self._control_path = control_path
        self._started = time.time()
        self._sha256 = ""
        self._journal = Journal()
        self._host: Host
        self._reason = ""

    async def run(self) -> None:
        """Open everything, tell systemd, serve, close everything."""
        config, self._sha256 = self._read()
        self._applying = asyncio.Lock()
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await self._open(config)
        control = ControlServer(self._control_path, self._methods())
        await control.open()
        notify("READY=1")
        LOG.info("branchline %s runs: %s", __version__, self._reason)
        await stop.wait()
        notify("STOPPING=1")
        await control.close()
        await self._host.close()

    async def _open(self, config: Config) -> None:
        netlink = await Netlink.open()
        if swept := await netlink.sweep():
            LOG.info("removed %d routes that an earlier run left", swept)
        datapath, self._reason = choose(config.datapath, netlink)
        charon = Charon()
        context = Context(config.host_name, config.mark, datapath, charon, self._journal)
        self._host = Host(config, context, Patience())
        await self._host.open()

    def _read(self) -> tuple[Config, str]:
        """Return the configuration and the sha256 of the file's bytes."""
        try:
            data = self._config_path.read_bytes()
            document = json.loads(data)
        except OSError as error:
            raise LocalError(
                f"cannot read {self._config_path}: {error.strerror}", "run the play, or name another file"
            ) from None
        except ValueError as error:
            raise ConfigError(
                str(self._config_path), f"is not JSON: {error}", "run the play to write it anew"
            ) from None
        return parse(document), hashlib.sha256(data).hexdigest()

    def _methods(self) -> dict[str, Any]:
        return {
            "version": self._version,
            "status": self._status,
            "explain": self._explain,
            "check": self._check,
            "apply": self._apply,
            "reconnect": self._reconnect,
            "dial": self._dial,
            "hangup": self._hangup,
            "call": self._call,
            "watch": self._watch,
        }

    async def _version(self, _params: dict[str, Any]) -> dict[str, Any]:
        return {"version": __version__}

    async def _status(self, _params: dict[str, Any]) -> dict[str, Any]:
        host = self._host
        return {
            "version": __version__,
            "host": host.config.host_name,
            "pid": os.getpid(),
            "started": self._started,
            "uptime": round(time.time() - self._started, 3),
            "config_path": str(self._config_path),
            "config_sha256": self._sha256,
            "datapath": {"name": host.context.datapath.name, "reason": self._reason},
            **host.status(),
        }

    async def _explain(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        status = self._host.status()
        entries = [*status["lines"], *status["trunks"]]
        entry = next((each for each in entries if each["line"] == params.get("line")), None)
        if entry is None:
            known = ", ".join(each["line"] for each in entries) or "none"
            raise ConfigError("line", f"{params.get('line')!r} is not known here", f"name one of: {known}")
        return explain(entry)

    async def _check(self, params: dict[str, Any]) -> dict[str, Any]:
        ensure(parse(params.get("config")).datapath)
        return {"ok": True}

    async def _apply(self, _params: dict[str, Any]) -> dict[str, Any]:
        async with self._applying:
            return {"changes": await self._move()}

    async def _move(self) -> list[dict[str, str]]:
        config, sha256 = self._read()
        if sha256 == self._sha256:
            return []
        ensure(config.datapath)
        changes = changes_between(self._host.config, config)
        if self._host.takes(config):
            await self._host.apply(config)
        else:  # every socket is another one: begin anew, within the process
            self._sha256 = ""  # none is in use until the next one is
            await self._host.close()
            await self._open(config)
        self._sha256 = sha256  # only now: what was refused is no configuration in use
        return changes

    async def _reconnect(self, params: dict[str, Any]) -> dict[str, Any]:
        with suppress(KeyError):
            self._host.reconnect(params["line"])
            return {"ok": True}
        raise ConfigError("line", f"{params.get('line')!r} is not known here", "see `branchline status`")

    async def _dial(self, params: dict[str, Any]) -> dict[str, Any]:
        with suppress(KeyError):
            self._host.dial(params["line"])
            return {"ok": True}
        raise ConfigError("line", f"{params.get('line')!r} is not opened from here", "see `branchline status`")

    async def _hangup(self, params: dict[str, Any]) -> dict[str, Any]:
        with suppress(KeyError):
            self._host.hang_up(params["line"])
            return {"ok": True}
        raise ConfigError("line", f"{params.get('line')!r} is not opened from here", "see `branchline status`")

    async def _call(self, params: dict[str, Any]) -> dict[str, Any]:
        with suppress(KeyError):
            self._host.call(params["line"])
            return {"ok": True}
        raise ConfigError("line", f"{params.get('line')!r} is no user's line here", "see `branchline status`")

    async def _watch(self, _params: dict[str, Any]) -> Any:
        return self._host.context.journal.watch()
