"""Told once, run in both labs: real Debian hosts over ssh (tests/system) and the user-mode kernel (tests/kernel)."""
