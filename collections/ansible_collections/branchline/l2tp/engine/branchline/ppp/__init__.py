"""PPP (RFC 1661) without I/O: frames and time in; frames, events and one deadline out."""
