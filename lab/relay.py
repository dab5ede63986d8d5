"""The relay: lets the hosts reach the mirror (or proxy) of this machine's apt, and nothing else.

Two socat for each: one listens in the switch, one connects from the machine's own network, a unix socket joins them.
"""

from __future__ import annotations

import subprocess  # noqa: S404 - socat is the relay
from pathlib import Path

from lab import cgroup, switch
from lab.apt import Sources
from lab.system import NETNS, RUN
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
        found[f"relay{number}.out"] = ["socat", "-t", "10", f"UNIX-LISTEN:{middle},fork,unlink-early", f"TCP:{name}:{port}"]
        found[f"relay{number}.in"] = [*enter, "socat", "-t", "10", listen, f"UNIX-CONNECT:{middle}"]
    return found


def running(topology: Topology, pidfile: Path) -> bool:
    """Whether the process of that file lives, as one of ours."""
    try:
        return int(pidfile.read_text()) in cgroup.processes(topology.name, GROUP)
    except (OSError, ValueError):
        return False


def up(topology: Topology, sources: Sources) -> bool:
    """Start what does not run; True when there was something to start."""
    changed = False
    for name, command in commands(topology, sources).items():
        pidfile = RUN / topology.name / name
        if running(topology, pidfile):
            continue
        changed = True
        with pidfile.with_suffix(pidfile.suffix + ".log").open("w") as log:
            process = subprocess.Popen(
                cgroup.entering(topology.name, GROUP, *command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        pidfile.write_text(str(process.pid))
    return changed
