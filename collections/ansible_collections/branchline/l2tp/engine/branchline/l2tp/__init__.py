"""L2TPv2 (RFC 2661) without I/O: bytes and time in; bytes, events and one deadline out."""
