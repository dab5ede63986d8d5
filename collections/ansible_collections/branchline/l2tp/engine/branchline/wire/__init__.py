"""Bytes to values and back: pure codecs, one shape each."""
