"""One session: lines come in and are echoed, answers go out page by page; faults cut, hang or slow it down."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import asyncssh

CUT, HANG = object(), object()


@dataclass
class Ask:
    """The device asks back: `then` gets what was answered, and returns the next answer of the device."""

    text: str
    then: object


@dataclass
class Session:
    """What a device knows of one session."""

    mode: str = "exec"
    path: tuple[str, ...] = ()
    candidate: object = None
    page: int = 24
    over: bool = False
    facts: dict = field(default_factory=dict)


class Shell:
    """Drives one ssh session of a device."""

    def __init__(self, device, process):
        self.device, self.process, self.session = device, process, Session()
        self.waiting = ""

    async def run(self):
        """Prompt, read, answer, until one of the two ends."""
        try:
            await self._write(self.device.banner + self._prompt())
            while not self.session.over:
                await self._turn()
        except (asyncio.IncompleteReadError, asyncssh.Error, BrokenPipeError, EOFError):
            pass
        finally:
            self.device.left(self.session)
            self.process.exit(0)

    async def _turn(self):
        line = await self._line()
        answer = self.device.answer(self.session, line)
        while isinstance(answer, Ask):
            await self._write(answer.text)
            answer = answer.then((await self._line()).strip())
        if answer is CUT:
            self.process.get_extra_info("connection").abort()
            raise EOFError
        if answer is HANG:
            await asyncio.Event().wait()
        await self._page(answer)
        if not self.session.over:
            await self._write(self._prompt())

    def _prompt(self):
        return self.device.prompt(self.session)

    async def _key(self):
        while not self.waiting:
            try:
                self.waiting = await self.process.stdin.read(4096)
            except asyncssh.TerminalSizeChanged:
                continue
            if not self.waiting:
                raise EOFError
        key, self.waiting = self.waiting[0], self.waiting[1:]
        return key

    async def _line(self):
        typed = ""
        while True:
            key = await self._key()
            if key == "\n" and self.session.facts.pop("return", False):
                continue  # the second half of CR LF
            self.session.facts["return"] = key == "\r"
            if key in "\r\n":
                await self._write("\r\n")
                return typed
            typed += key
            if not self.waiting or self.waiting[0] in "\r\n":
                await self._write(typed[self.session.facts.pop("echoed", 0) :])
            else:
                continue
            self.session.facts["echoed"] = 0 if self.waiting else len(typed)

    async def _page(self, text):
        lines = text.splitlines()
        size = self.session.page or len(lines) or 1
        for start in range(0, len(lines), size):
            await self._write("".join(f"{line}\r\n" for line in lines[start : start + size]))
            if start + size < len(lines):
                await self._write(" --More-- ")
                if await self._key() == "q":
                    return
                await self._write("\b" * 10 + " " * 10 + "\b" * 10)

    async def _write(self, text):
        step = self.device.faults.get("chunk") or max(1, len(text))
        for start in range(0, len(text), step):
            self.process.stdout.write(text[start : start + step])
            await asyncio.sleep(self.device.faults.get("slow", 0))
        await self.process.stdout.drain()
