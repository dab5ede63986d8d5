"""A fleet of emulated devices in one event loop, on loopback: each has a port and a host key of its own."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import asyncssh

from .ios import Ios
from .routeros import RouterOs
from .shell import Shell
from .vyos import Vyos

PLATFORMS = {"cisco_ios": Ios, "cisco_iosxe": Ios, "vyos": Vyos, "mikrotik_routeros": RouterOs}
USER, PASSWORD = "admin", "correct horse"


class Login(asyncssh.SSHServer):
    """Lets one user in, by password; its connection is in `connections` until it is closed."""

    def __init__(self, connections):
        self._connections, self._connection = connections, None

    def connection_made(self, conn):
        self._connection = conn
        self._connections.add(conn)

    def connection_lost(self, exc):
        self._connections.discard(self._connection)

    def password_auth_supported(self):
        return True

    def validate_password(self, username, password):
        return username.split("+")[0] == USER and password == PASSWORD


class Fleet:
    """Runs the devices in a thread of its own until it is closed; `wait` runs something in their loop.

    They listen at `address`; `enter` is called first of all in that thread, to enter a network namespace for instance.
    """

    def __init__(self, devices, address="127.0.0.1", enter=lambda: None):
        self.devices, self.ports, self.keys, self._servers = {device.name: device for device in devices}, {}, {}, {}
        self._connections = set()
        self.address, self._enter = address, enter
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        self._enter()
        self.loop.run_forever()

    def __enter__(self):
        self._thread.start()
        self.wait(self._listen_all())
        return self

    def __exit__(self, *unused):
        self.wait(self._close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()

    def wait(self, awaitable, seconds=120):
        """Run a coroutine in the devices' loop."""
        return asyncio.run_coroutine_threadsafe(awaitable, self.loop).result(seconds)

    async def _listen_all(self):
        for name in self.devices:
            await self._listen(name)

    async def _listen(self, name, port=0):
        device = self.devices[name]
        self.keys[name] = key = asyncssh.generate_private_key("ssh-ed25519")

        async def session(process):
            device.sessions += 1
            await Shell(device, process).run()

        server = await asyncssh.listen(
            self.address,
            port,
            server_factory=lambda: Login(self._connections),
            server_host_keys=[key],
            process_factory=session,
            line_editor=False,
            allow_scp=False,
        )
        self._servers[name], self.ports[name] = server, server.get_port()

    def rekey(self, name):
        """The device gets another host key, as after an exchange of its hardware."""

        async def again():
            self._servers[name].close()
            await self._servers[name].wait_closed()
            await self._listen(name, self.ports[name])

        self.wait(again())

    async def _close(self):
        for device in self.devices.values():
            device.disarm()
        for server in self._servers.values():
            server.close()
        for connection in list(self._connections):
            connection.abort()
            await connection.wait_closed()
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        for _ in range(3):  # a transport closes its socket in a later turn of the loop
            await asyncio.sleep(0)

    def write_known_hosts(self, path):
        """The file by which the devices are known."""
        lines = [
            f"[{self.address}]:{self.ports[name]} {key.export_public_key().decode().strip()}\n"
            for name, key in self.keys.items()
        ]
        Path(path).write_text("".join(lines), encoding="ascii")
