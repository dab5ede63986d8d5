"""The relay: lets the hosts reach the mirror (or proxy) of this machine's apt, and nothing else.

Two socat for each: one listens in the switch, one connects from the machine's own network, a unix socket joins them.
"""

from __future__ import annotations

from pathlib import Path

from lab import cgroup, switch
from lab.apt import Sources
from lab.system import NETNS, RUN, spawn
from lab.topology import Topology

GROUP = "relay"  # its control group


def addresses(topology: Topology, sources: Sources) -> dict[str, str]:
    """Name of a mirror -> address of its relay, from the top of the management network."""
    network = topology.networks[topology.management].network
    names = dict.fromkeys(name for name, _ in sources.endpoints)
    return {name: str(network.broadcast_address - 1 - number) for number, name in enumerate(names)}


def commands(topology: Topology, sources: Sources) -> dict[str, list[str]]:
    """Pid file's name -> command line."""
    places = addresses(topology, sources)
    found = {}
    for number, (name, port) in enumerate(sources.endpoints):
        middle = RUN / topology.name / f"relay{number}.sock"
        listen = f"TCP-LISTEN:{port},bind={places[name]},fork,reuseaddr"
        enter = ["nsenter", f"--net={NETNS / switch.namespace(topology.name)}"]
        socat = ["socat", "-t", "10"]
        found[f"relay{number}-out.pid"] = [*socat, f"UNIX-LISTEN:{middle},fork,unlink-early", f"TCP:{name}:{port}"]
        found[f"relay{number}-in.pid"] = [*enter, *socat, listen, f"UNIX-CONNECT:{middle}"]
    return found


def running(topology: Topology, pidfile: Path) -> bool:
    """Whether the process of that file lives, as one of ours."""
    try:
        return int(pidfile.read_text()) in cgroup.processes(topology.name, GROUP)
    except (OSError, ValueError):
        return False


def up(topology: Topology, sources: Sources) -> bool:
    """Start the relay unless all of it runs; True when there was something to start."""
    wanted = commands(topology, sources)
    folder = RUN / topology.name
    if all(running(topology, folder / name) for name in wanted):
        return False
    cgroup.kill(topology.name, GROUP)
    for name, command in wanted.items():
        log = (folder / name).with_suffix(".log")
        (folder / name).write_text(str(spawn(cgroup.entering(topology.name, GROUP, *command), log)))
    return True
