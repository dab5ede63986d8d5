"""Lines joined from L2TP, PPP and IPsec: the branch that dials, the LNS that answers."""
