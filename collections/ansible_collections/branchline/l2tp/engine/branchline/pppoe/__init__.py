"""PPPoE discovery: the access concentrator and the host, without I/O."""
