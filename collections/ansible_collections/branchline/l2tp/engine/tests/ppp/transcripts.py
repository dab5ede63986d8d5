"""One link against octets as pppd and others send them: ">" is sent to the link, "<" is what it sends, in order.

The dice of the link always give 11, so its magic number is 11111111 and its first challenge 16 times 11.
"""

from __future__ import annotations

from branchline.ppp.link import Link


class Script:
    """One link, and the other end as a text."""

    def __init__(self, config):
        self.link = Link(config, random=lambda size: b"\x11" * size)
        self.link.up(0.0)
        self.events = []

    def play(self, transcript, now=0.0):
        """Exactly the frames of the transcript must come, hex without blanks; those of the link begin with ff03."""
        wanted, sent = [], self.take()
        for line in filter(None, transcript.splitlines()):
            mark, _, octets = line.partition("#")[0].strip().partition(" ")
            octets = octets.replace(" ", "")
            if mark == ">":
                self.link.receive(bytes.fromhex(octets), now)
                sent += self.take()
            else:
                wanted.append("ff03" + octets)
        assert sent == wanted
        return self

    def take(self):
        while (event := self.link.next_event()) is not None:
            self.events.append(event)
        return [frame.hex() for frame in self.link.outbox()]

    def last(self):
        self.take()
        return self.events[-1]


CLIENT_LCP = """
< c021 01 01 000e 0506 11111111 0702 0802
> ff03 c021 02 01 000e 0506 11111111 0702 0802
"""

PPPD_LNS = (
    CLIENT_LCP
    + """
> ff03 c021 01 01 0019 0206 00000000 0305c22381 0506 a1b2c3d4 0702 0802   # ACCM: taken, and ignored
< c021 02 01 0019 0206 00000000 0305c22381 0506 a1b2c3d4 0702 0802
"""
)

CHAPLESS = (
    CLIENT_LCP
    + """
> ff03 c021 01 01 000a 0506 a1b2c3d4
< c021 02 01 000a 0506 a1b2c3d4
< 8021 01 01 0016 0306 00000000 8106 00000000 8306 00000000
"""
)
