"""For every unit test of the plugins."""

from __future__ import annotations

from hypothesis import settings

settings.load_profile("ci")  # the same examples each time, however slow the machine is
