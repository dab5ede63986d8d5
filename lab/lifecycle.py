"""A whole lab: up, down, status. Each may be run again after any interruption and goes on from what it finds."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from lab import apt, ca, cgroup, host, image, owner, relay, ssh, switch
from lab.system import RUN, LabError, make_room, say, step
from lab.topology import Host, Topology

BOOT_SECONDS = 90


def up(topology: Topology) -> dict[str, object]:
    """Make what is missing; returns {"changed", "booted", "seconds"}."""
    begun = time.monotonic()
    with owner.locked(topology.name):
        other = owner.foreign(topology)
        if other:
            give_way(topology, other)
        sources = apt.sources()
        trees = image.trees(topology, sources)
        changed = prepare(topology)
        gone = remove_strangers(topology)
        mirrors = relay.addresses(topology, sources)
        prefix = topology.networks[topology.management].network.prefixlen
        changed |= switch.up(topology, [f"{address}/{prefix}" for address in mirrors.values()])
        changed |= relay.up(topology, sources)
        booted = boot(topology, trees, mirrors)
    seconds = round(time.monotonic() - begun, 2)
    return {"changed": changed or bool(booted or gone), "booted": booted, "removed": gone, "seconds": seconds}


def give_way(topology: Topology, other: dict[str, str]) -> None:
    """Remove another checkout's lab of the same name if nothing of it lives; raises LabError if it does."""
    alive = any(host.leader(topology, name) for name in known(topology))
    if alive and Path(other["topology"]).exists():
        raise owner.refuse(topology, other)
    why = "the checkout is gone" if alive else "nothing of it runs"
    say(f"removing the lab {topology.name!r} of {other['topology']}: {why}")
    clear(topology, Path(other["state"]))


def prepare(topology: Topology) -> bool:
    """Claim the name; make the state folder, the key and the certificates."""
    make_room()
    owner.claim(topology)
    topology.state.mkdir(parents=True, exist_ok=True)
    (topology.state / ".lab").write_text(topology.name + "\n")  # `down` removes no folder that has not this file
    ssh.keygen(topology.state / "id_ed25519", f"lab {topology.name}")
    return ca.write(topology.state / "ca", topology.name, topology.certificates) if topology.certificates else False


def known(topology: Topology) -> set[str]:
    """Names of all hosts of this lab that left a trace on this machine."""
    places = [host.TREES / topology.name, *(top / topology.name for top in cgroup.hierarchies())]
    found = {path.name for place in places if place.is_dir() for path in place.iterdir() if path.is_dir()}
    return found - {relay.GROUP}


def remove_strangers(topology: Topology) -> list[str]:
    """Remove the hosts that left the topology."""
    gone = sorted(known(topology) - set(topology.hosts))
    for name in gone:
        host.remove(topology, name)
        switch.disconnect(topology, Host(name, ()))
    return gone


def boot(topology: Topology, trees: dict[str | None, list[Path]], mirrors: dict[str, str]) -> list[str]:
    """Start the hosts that do not run, together, and wait for them; returns their names."""
    ssh.write(topology, {})
    booted = [one.name for one in topology.hosts.values() if host.up(topology, one, trees[one.layer], mirrors)]
    keys = {name: host.public_key(topology, name) for name in topology.hosts}
    ssh.write(topology, {name: key for name, key in keys.items() if key})
    if booted:
        with step(f"booting {', '.join(booted)}", "some seconds"):
            await_boot(topology, booted)
    return booted


def await_boot(topology: Topology, names: list[str]) -> None:
    """Wait for hosts that were started, and tell which came up with failed units."""
    deadline = time.monotonic() + BOOT_SECONDS
    for name in names:
        if host.wait(topology, name, deadline) == "degraded":
            say(f"{name} booted, but units failed: {host.status(topology, name)['failed']}")


def clear(topology: Topology, state: Path) -> bool:
    """Remove processes, mounts, namespaces, control groups, trees and state; True when there was something."""
    names = known(topology) | set(topology.hosts)
    existed = marked(state) or bool(known(topology))
    for name in sorted(names):
        host.remove(topology, name)
        switch.disconnect(topology, topology.hosts.get(name, Host(name, ())))
    cgroup.kill(topology.name, relay.GROUP)
    existed |= switch.down(topology)
    cgroup.remove(topology.name)
    for path in (host.TREES / topology.name, RUN / topology.name):
        shutil.rmtree(path, ignore_errors=True)
    if marked(state):
        shutil.rmtree(state)
    return existed


def marked(state: Path) -> bool:
    """Whether a folder is one that `up` made."""
    return (state / ".lab").is_file()


def down(topology: Topology, *, force: bool = False) -> dict[str, object]:
    """Remove the lab; returns {"changed", "seconds"}. Another checkout's only when `force`d."""
    begun = time.monotonic()
    with owner.locked(topology.name):
        other = owner.foreign(topology)
        if other and not force:
            raise owner.refuse(topology, other)
        recorded = owner.owner(topology.name)
        changed = clear(topology, Path(recorded["state"]) if recorded else topology.state)
    left = [str(path) for path in (host.TREES / topology.name, RUN / topology.name) if path.exists()]
    if left:
        raise LabError(f"could not remove {', '.join(left)}")
    return {"changed": changed, "seconds": round(time.monotonic() - begun, 2)}


def status(topology: Topology) -> dict[str, object]:
    """{"up": all hosts run, "hosts": {name: host.status}}."""
    hosts = {name: host.status(topology, name) for name in topology.hosts}
    return {"up": all(one["up"] for one in hosts.values()), "hosts": hosts}
