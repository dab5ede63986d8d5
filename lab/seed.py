"""The files by which a host knows who and where it is: written before its first boot, read by Debian's own services."""

from __future__ import annotations

from lab.topology import Host, Link

FORWARD = "net.ipv4.ip_forward = 1\n"
# Loose: a reply may come back by another card than the one it would leave by (tunnels); strict would drop it.
RP_FILTER = "net.ipv4.conf.all.rp_filter = 2\nnet.ipv4.conf.default.rp_filter = 2\n"
NAT = """\
#!/usr/sbin/nft -f
table ip lab_nat
delete table ip lab_nat
table ip lab_nat {{
  chain postrouting {{
    type nat hook postrouting priority srcnat
    oifname "{device}" masquerade
  }}
}}
"""


def interface(host: Host, link: Link) -> str:
    """One stanza of /etc/network/interfaces."""
    lines = [f"auto {link.device}", f"iface {link.device} inet static", f"  address {link.address}"]
    if host.gateway and host.gateway in link.address.network:
        lines.append(f"  gateway {host.gateway}")
    for net, via in host.routes:
        if via in link.address.network:
            lines.append(f"  up ip route replace {net} via {via}")
    return "\n".join(lines) + "\n"


def files(host: Host, mirrors: dict[str, str]) -> dict[str, str]:
    """Path -> text; `mirrors` maps the names that apt asks for to the relay's addresses."""
    names = {"127.0.0.1": "localhost", "127.0.1.1": host.name}
    hosts = [f"{address} {name}" for address, name in names.items()]
    hosts += [f"{address} {name}" for name, address in mirrors.items()]
    stanzas = ["auto lo\niface lo inet loopback\n", *(interface(host, link) for link in host.links)]
    found = {
        "etc/hostname": host.name + "\n",
        "etc/hosts": "\n".join(hosts) + "\n",
        "etc/network/interfaces": "\n".join(stanzas),
        "etc/sysctl.d/60-lab.conf": RP_FILTER + (FORWARD if host.forward or host.masquerade else ""),
    }
    if host.masquerade:
        found["etc/nftables.conf"] = NAT.format(device=host.masquerade)
    return found
