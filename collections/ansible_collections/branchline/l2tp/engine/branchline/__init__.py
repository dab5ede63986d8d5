"""Branchline's engine: L2TP (RFC 2661) lines with PPP in them, and the proof that they work."""

__version__ = "0.1.0"
