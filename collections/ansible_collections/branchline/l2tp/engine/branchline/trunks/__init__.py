"""Tunnels to LNSs that carry the sessions of others, and the choice among several: for gateways and LACs."""
