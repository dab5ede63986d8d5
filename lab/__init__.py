"""The lab: real Debian hosts on one machine, made and removed from a topology file.

Each host is `systemd-nspawn --boot` on an overlay, with a network namespace and a cgroup of its own. Its networks are
bridges inside one more namespace, the switch, so that nothing of the lab touches the machine's own network.
"""
