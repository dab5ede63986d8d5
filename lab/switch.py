"""The switch: one namespace with a bridge for each network, and the links that join hosts to it."""

from __future__ import annotations

import hashlib
import json

from lab.system import NETNS, run
from lab.topology import Host, Topology


def namespace(lab: str, host: str = "sw") -> str:
    """Name of the namespace of a host, or of the switch."""
    return f"{lab}-{host}"


def mac(lab: str, host: str, device: str) -> str:
    """A card's address, the same after every reboot as a real card's is: neighbours remember it."""
    digest = hashlib.sha256(f"{lab}/{host}/{device}".encode()).hexdigest()
    return "02:" + ":".join(digest[i : i + 2] for i in range(0, 10, 2))


def up(topology: Topology, relays: list[str]) -> bool:
    """Make the switch and its bridges, as far as they are missing; `relays` are more addresses of its own."""
    name = namespace(topology.name)
    created = not (NETNS / name).exists()
    if created:
        run("ip", "netns", "add", name)
    present = {link["ifname"] for link in json.loads(run("ip", "-n", name, "-j", "link"))}
    batch = ["link set lo up"]
    for network in topology.networks:
        if network not in present:
            batch += [f"link add {network} type bridge", f"link set {network} up"]
    own = topology.networks[topology.management]
    batch += [f"addr replace {address} dev {topology.management}" for address in [str(own), *relays]]
    run("ip", "-n", name, "-batch", "-", stdin="\n".join(batch) + "\n")
    return created


def connect(topology: Topology, host: Host) -> None:
    """Make the host's namespace anew, with its cards plugged into the bridges."""
    own, switch = namespace(topology.name, host.name), namespace(topology.name)
    disconnect(topology, host)
    run("ip", "netns", "add", own)
    batch = []
    for number, link in enumerate(host.links):
        port, card = f"{host.name}.{number}", f"{link.device} address {mac(topology.name, host.name, link.device)}"
        batch += [f"link add {port} type veth peer name {card} netns {own}"]
        batch += [f"link set {port} master {link.network} up"]
    run("ip", "-n", switch, "-batch", "-", stdin="\n".join(batch) + "\n")


def disconnect(topology: Topology, host: Host) -> None:
    """Unplug the host and remove its namespace."""
    name, switch = namespace(topology.name, host.name), namespace(topology.name)
    for number in range(len(host.links)):  # at once; with the namespace they would go a moment later
        run("ip", "-n", switch, "link", "del", f"{host.name}.{number}", check=False)
    if (NETNS / name).exists():
        run("ip", "netns", "del", name)


def down(topology: Topology) -> bool:
    """Remove the switch; True when there was one."""
    name = namespace(topology.name)
    existed = (NETNS / name).exists()
    if existed:
        run("ip", "netns", "del", name)
    return existed
