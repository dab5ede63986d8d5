"""The access concentrator: PPPoE hosts on one side, L2TP tunnels to their LNSs on the other."""
