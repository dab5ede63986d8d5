"""What a Cisco IOS that is a LAC does and shows: who dials it is carried on, if its configuration says where to.

`dialled` of a device are the users (user@realm) that dial it by PPPoE; nothing else of it is more than text.
"""

from __future__ import annotations

SESSION = """\
Crypto session current status

Interface: {outer}
Profile: {profile}
Session status: UP-ACTIVE
Peer: {address} port 4500 fvrf: (none) ivrf: (none)
      Phase1_id: {identity}
  IKEv2 SA: local 192.0.2.9/4500 remote {address}/4500 Active
"""
FLOW = """\
interface: {outer}
    Crypto map tag: branchline, local addr 192.0.2.9
   current_peer {address} port 4500
    #pkts encaps: {packets}, #pkts encrypt: {packets}, #pkts digest: {packets}
    #pkts decaps: {packets}, #pkts decrypt: {packets}, #pkts verify: {packets}
     inbound esp sas:
      spi: 0xC1234567(3240248679)
        in use settings ={{Transport, }}
     outbound esp sas:
      spi: 0xC7654321(3345302305)
        in use settings ={{Transport, }}
"""
TUNNELS = """\
L2TP Tunnel and Session Information Total tunnels {tunnels} sessions {sessions}

LocTunID   RemTunID   Remote Name   State  Remote Address  Sessn L2TP Class/
                                                           Count VPDN Group
"""
SESSIONS = """\

LocID      RemID      TunID      Username, Intf/      State  Last Chg Uniq ID
                                 Vcid, Circuit
"""
PPPOE = """\
     {0} sessions in FORWARDED (FWDED) State
     {0} sessions total

Uniq ID  PPPoE  RemMAC          Port                    VT  VA         State
           SID  LocMAC                                      VA-st      Type
"""


def _below(device, begins):
    """The sections whose line begins so, each with its name: what follows."""
    return {line.removeprefix(begins): inner for line, inner in device.config.items() if line.startswith(begins)}


def _value(section, begins):
    return next((line.removeprefix(begins) for line in section if line.startswith(begins)), None)


def access(device):
    """The interfaces on which hosts may dial; none without a template that asks who they are."""
    number = _value(device.config.get("bba-group pppoe branchline", {}), "virtual-template ")
    template = device.config.get(f"interface Virtual-Template{number}", {})
    ports = _below(device, "interface ")
    open_ports = [name for name, inner in ports.items() if "pppoe enable group branchline" in inner]
    return open_ports if _value(template, "ppp authentication ") else []


def carried(device):
    """(user, group, address of the LNS) of every session that is carried on."""
    if "vpdn enable" not in device.config or not access(device):
        return []
    found = []
    for name, group in _below(device, "vpdn-group ").items():
        domains, address = group.get("request-dialin", {}), _value(group, "initiate-to ip ")
        users = [user for user in device.dialled if f"domain {user.partition('@')[2]}" in domains]
        found += [(user, name, address) for user in users if address]
    return found


def protection(device, address):
    """(outer interface, profile) of the crypto map to an address, if all of its parts are there."""
    for name, inner in _below(device, "crypto map branchline ").items():
        filters = device.config.get(f"ip access-list extended {_value(inner, 'match address ')}", {})
        outer = [port for port, lines in _below(device, "interface ").items() if "crypto map branchline" in lines]
        whole = _value(inner, "set peer ") == address and f"permit udp any eq 1701 host {address} eq 1701" in filters
        if name and whole and outer:
            return outer[0], _value(inner, "set ikev2-profile ") or _value(inner, "set isakmp-profile ")
    return None


def show_vpdn(device, _session):
    sessions = carried(device)
    tunnels = sorted({(group, address) for _user, group, address in sessions})
    text = TUNNELS.format(tunnels=len(tunnels), sessions=len(sessions))
    for number, (group, address) in enumerate(tunnels, 1):
        text += f"{number:<10} {number + 10:<10} lns           est    {address:<15} 1     {group}\n"
    text += SESSIONS
    for number, (user, _group, _address) in enumerate(sessions, 1):
        text += (
            f"{number + 100:<10} {number + 200:<10} 1          {user}, {access(device)[0]}  est    00:01:00 {number}\n"
        )
    return text


def show_pppoe(device, _session):
    sessions = carried(device)
    rows = [
        f"{number:>7} {number + 18:>6}  0200.0a01.0005  {access(device)[0]:<22}   1  N/A        FWDED\n"
        for number, _one in enumerate(sessions, 1)
    ]
    return PPPOE.format(len(sessions)) + "".join(rows)


def show_crypto_session(device, _session, address):
    found = protection(device, address)
    if not found:
        return "Crypto session current status\n"
    keys = _below(device, "crypto ikev2 keyring ").get(found[1], {})
    peers = [inner for inner in keys.values() if f"address {address}" in inner]
    identity = next((line.split()[-1] for line in peers[0] if line.startswith("identity")), "") if peers else address
    return SESSION.format(outer=found[0], profile=found[1], address=address, identity=identity)


def show_crypto_sa(device, _session, address):
    found = protection(device, address)
    packets = 10 * sum(lns == address for _user, _group, lns in carried(device))
    return FLOW.format(outer=found[0], address=address, packets=packets) if found else ""
