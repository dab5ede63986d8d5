"""The only sockets and clocks of the engine."""
