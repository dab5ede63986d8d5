"""What a VyOS makes of its configuration: the files of its daemons.

strongSwan's say what data/templates/ipsec/swanctl/l2tp.j2 and swanctl.conf.j2 of github.com/vyos/vyos-1x do (sagitta,
VyOS 1.4). Its L2TP server is accel-ppp, which Debian has not: in its place are xl2tpd and pppd, with the same settings.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

Path = tuple[str, ...]
PLACE = "/etc/vyos"
SESSIONS = "/run/vyos"
L2TP: Path = ("vpn", "l2tp", "remote-access")
# vyos.template.get_esp_ike_cipher, as far as a line may ask for it
GROUPS = {
    "2": "modp1024", "5": "modp1536", "14": "modp2048", "15": "modp3072", "16": "modp4096",
    "19": "ecp256", "20": "ecp384", "21": "ecp521",
}  # fmt: skip
DEMANDS = {"mschap-v2": "require-mschap-v2", "mschap": "require-mschap", "chap": "require-chap", "pap": "require-pap"}
SWANCTL = """\
connections {{ l2tp_remote_access {{
  proposals = {ike}
  local_addrs = {address}
  dpd_delay = 15s
  dpd_timeout = 45s
  rekey_time = 28800s
  reauth_time = 0
  local {{ auth = psk }}
  remote {{ auth = psk }}
  children {{ l2tp_remote_access_esp {{
    mode = transport
    esp_proposals = {esp}
    life_time = 3600s
    local_ts = dynamic[/1701]
    remote_ts = dynamic
  }} }}
}} }}
secrets {{ ike_l2tp_remote_access {{
  id = "{address}"
  secret = "{secret}"
}} }}
"""
XL2TPD = """\
[global]
port = 1701
listen-addr = {address}
[lns default]
ip range = {pool}
local ip = {gateway}
hostname = {name}
pppoptfile = {place}/options
"""
PPP = """\
auth
name vyos
mtu {mtu}
mru {mtu}
lcp-restart 1
lcp-echo-interval 30
lcp-echo-failure 3
nodefaultroute
noccp
ip-up-script {place}/up
ip-down-script {place}/down
"""
# pppd's scripts note who came, with the tunnel that pppd was started for.
UP = f"""\
#!/bin/sh
mkdir -p {SESSIONS}
tunnel=$(tr '\\0' '\\n' </proc/$PPPD_PID/cmdline | grep -A1 -x pppol2tp_tunnel_id | tail -n 1)
echo "$PEERNAME $5 $tunnel" >{SESSIONS}/$1
"""
DOWN = f"""\
#!/bin/sh
rm -f {SESSIONS}/$1
"""


class Tree(NamedTuple):
    """A configuration as a tree: what stands below a path."""

    config: Iterable[Path]

    def below(self, *path: str) -> list[str]:
        """The words that follow a path."""
        found = [one[len(path)] for one in self.config if one[: len(path)] == path and len(one) > len(path)]
        return list(dict.fromkeys(found))

    def value(self, *path: str, default: str = "") -> str:
        """The value of a leaf."""
        return (self.below(*path) or [default])[-1]


def ipsec(config: Iterable[Path]) -> dict[str, str]:
    """strongSwan's files: none without `ipsec-settings`."""
    tree = Tree(list(config))
    settings = (*L2TP, "ipsec-settings")
    if not tree.below(*settings):
        return {}
    text = SWANCTL.format(
        ike=", ".join(_proposals(tree, "ike-group")),
        esp=", ".join(_proposals(tree, "esp-group")),
        address=tree.value(*L2TP, "outside-address"),
        secret=tree.value(*settings, "authentication", "pre-shared-secret"),
    )
    return {"/etc/swanctl/conf.d/vyos.conf": text}


def _proposals(tree: Tree, kind: str) -> list[str]:
    group, found = ("vpn", "ipsec", kind, tree.value(*L2TP, "ipsec-settings", kind)), []
    for number in sorted(tree.below(*group, "proposal"), key=int):
        own = (*group, "proposal", number)
        words = [tree.value(*own, "encryption", default="aes128"), tree.value(*own, "hash", default="sha1")]
        found.append("-".join([*words, *(GROUPS[one] for one in tree.below(*own, "dh-group"))]))
    return found


def l2tp(config: Iterable[Path]) -> dict[str, str]:
    """The files of the L2TP server: none without an address."""
    tree = Tree(list(config))
    address = tree.value(*L2TP, "outside-address")
    if not address:
        return {}
    pool = tree.value(*L2TP, "default-pool")
    server = XL2TPD.format(
        address=address,
        pool=tree.value(*L2TP, "client-ip-pool", pool, "range"),
        gateway=tree.value(*L2TP, "gateway-address"),
        name=tree.value(*L2TP, "lns", "host-name", default="vyos"),
        place=PLACE,
    )
    options = [PPP.format(mtu=tree.value(*L2TP, "mtu", default="1436"), place=PLACE)]
    options += [f"{DEMANDS[word]}\n" for word in tree.below(*L2TP, "authentication", "protocols")]
    options += [f"ms-dns {dns}\n" for dns in tree.below(*L2TP, "name-server")]
    return {
        f"{PLACE}/xl2tpd.conf": server,
        f"{PLACE}/options": "".join(options),
        f"{PLACE}/up": UP,
        f"{PLACE}/down": DOWN,
        "/etc/ppp/chap-secrets": "".join(_users(tree)),
    }


def _users(tree: Tree) -> list[str]:
    users = (*L2TP, "authentication", "local-users", "username")
    return [
        f'"{name}" * "{tree.value(*users, name, "password")}" {tree.value(*users, name, "static-ip", default="*")}\n'
        for name in tree.below(*users)
    ]
