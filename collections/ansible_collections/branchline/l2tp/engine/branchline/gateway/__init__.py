"""The tunnel switch: ends a branch's tunnel and carries each of its sessions on to the right LNS."""
