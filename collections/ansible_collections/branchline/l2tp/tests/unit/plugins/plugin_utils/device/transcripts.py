"""What devices show of a line that is up, as their documentation prints it: {name: (case, {check: answer})}."""

from __future__ import annotations

SWANCTL = """\
bergen-lns1: #1, ESTABLISHED, IKEv2, 1a2b3c4d5e6f7081_i* 0f1e2d3c4b5a6978_r
  local  'bergen' @ 198.51.100.10[4500] [10.99.0.1]
  remote 'lns1' @ 203.0.113.10[4500]
  AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_384
  established 12s ago, rekeying in 13000s
  l2tp: #1, reqid 1, INSTALLED, TUNNEL-in-UDP, ESP:AES_GCM_16-256
    installed 12s ago, rekeying in 3300s, expires in 3948s
    in  c1234567,   {} bytes,    {} packets,     1s ago
    out c7654321,   {} bytes,    {} packets,     1s ago
    local  10.99.0.1/32[udp]
    remote 203.0.113.10/32[udp/l2f]
"""
LINUX = {
    "daemons": "xl2tpd runs\n[lac bergen-lns1]\n",
    "sa": SWANCTL.format(1000, 12, 2000, 14),
    "address": "7: bergen-lns1    inet 10.20.0.20 peer 10.20.0.1/32 scope global bergen-lns1\\  valid_lft forever\n",
    "routes": (
        "10.20.0.1 dev bergen-lns1 src 10.20.0.20 uid 0 \\    cache \n"
        "10.10.0.10 dev bergen-lns1 src 10.20.0.20 uid 0 \\    cache \n"
        "10.10.0.1 dev bergen-lns1 src 10.20.0.20 uid 0 \\    cache \n"
    ),
    "ping 10.20.0.1": "5 packets transmitted, 5 received, 0% packet loss, time 4005ms\n",
    "ping 10.10.0.10": "5 packets transmitted, 5 received, 0% packet loss, time 4005ms\n",
    "ping_full 10.20.0.1": "2 packets transmitted, 2 received, 0% packet loss\n",
    "ping_full 10.10.0.10": "2 packets transmitted, 2 packets received, 0% packet loss\n",
    "after": SWANCTL.format(9000, 90, 9500, 95),
}

IOS_SESSION = """\
Crypto session current status

Code: C - IKE Configuration mode, D - Dead Peer Detection
Interface: GigabitEthernet0/0/1
Profile: branchline-bergen-lns1
Uptime: 00:02:03
Session status: UP-ACTIVE
Peer: 203.0.113.10 port 4500 fvrf: (none) ivrf: (none)
      Phase1_id: lns1
      Desc: (none)
  Session ID: 1
  IKEv2 SA: local 198.51.100.10/4500 remote 203.0.113.10/4500 Active
          Capabilities:DN connid:1 lifetime:23:57:57
  IPSEC FLOW: permit 17 host 198.51.100.10 port 1701 host 203.0.113.10 port 1701
        Active SAs: 2, origin: crypto map
        Inbound:  #pkts dec'ed 100 drop 0 life (KB/Sec) 4607999/3477
        Outbound: #pkts enc'ed 100 drop 0 life (KB/Sec) 4607999/3477
"""
IOS_SA = """\
interface: GigabitEthernet0/0/1
    Crypto map tag: branchline, local addr 198.51.100.10

   local  ident (addr/mask/prot/port): (198.51.100.10/255.255.255.255/17/1701)
   remote ident (addr/mask/prot/port): (203.0.113.10/255.255.255.255/17/1701)
   current_peer 203.0.113.10 port 4500
    #pkts encaps: {0}, #pkts encrypt: {0}, #pkts digest: {0}
    #pkts decaps: {1}, #pkts decrypt: {1}, #pkts verify: {1}

     inbound esp sas:
      spi: 0xC1234567(3240248679)
        transform: esp-gcm 256 ,
        in use settings ={{Transport UDP-Encaps, }}
        Status: ACTIVE(ACTIVE)

     outbound esp sas:
      spi: 0xC7654321(3345302305)
        transform: esp-gcm 256 ,
        in use settings ={{Transport UDP-Encaps, }}
"""
IOS_PING = """\
Type escape sequence to abort.
Sending 5, {}-byte ICMP Echos to {}, timeout is 2 seconds:
{}!!!!!
Success rate is 100 percent (5/5), round-trip min/avg/max = 1/2/4 ms
"""
DF = "Packet sent with the DF bit set\n"
IOS = {
    "configuration": (
        "Building configuration...\n\nCurrent configuration : 250 bytes\n!\ninterface Virtual-PPP1\n"
        " description branchline bergen-lns1 generation 1\n ip address negotiated\n"
        " pseudowire 203.0.113.10 1 pw-class branchline-bergen-lns1\nend\n"
    ),
    "session": IOS_SESSION,
    "sa": IOS_SA.format(100, 100),
    "tunnel": (
        "L2TP Tunnel Information Total tunnels 1 sessions 1\n\n"
        "LocTunID   RemTunID   Remote Name   State  Remote Address  Sessn L2TP Class/\n"
        "                                                           Count VPDN Group\n"
        "40123      17         lns1          est    203.0.113.10    1     branchline-bergen\n"
    ),
    "address": (
        "Interface              IP-Address      OK? Method Status                Protocol\n"
        "Virtual-PPP1           10.20.0.20      YES IPCP   up                    up      \n"
    ),
    "routes": (
        "Codes: L - local, C - connected, S - static\n\nGateway of last resort is 198.51.100.9 to network 0.0.0.0\n\n"
        "S*    0.0.0.0/0 [1/0] via 198.51.100.9, GigabitEthernet0/0/1\n"
        "      10.0.0.0/8 is variably subnetted, 3 subnets, 2 masks\n"
        "S        10.10.0.0/24 is directly connected, Virtual-PPP1\n"
        "C        10.20.0.1/32 is directly connected, Virtual-PPP1\n"
        "C        10.20.0.20/32 is directly connected, Virtual-PPP1\n"
    ),
    "ping 10.20.0.1": IOS_PING.format(100, "10.20.0.1", ""),
    "ping 10.10.0.10": IOS_PING.format(100, "10.10.0.10", ""),
    "ping_full 10.20.0.1": IOS_PING.format(1400, "10.20.0.1", DF),
    "ping_full 10.10.0.10": IOS_PING.format(1400, "10.10.0.10", DF),
    "after": IOS_SA.format(140, 141),
}

ROS_SA = """\
 0 HE spi=0xC7654321 src-address=198.51.100.10:4500 dst-address=203.0.113.10:4500 state=mature current-bytes={}
 1 HE spi=0xC1234567 src-address=203.0.113.10:4500 dst-address=198.51.100.10:4500 state=mature current-bytes={}
"""
ROS_PING = """\
  SEQ HOST                                     SIZE TTL TIME       STATUS
    0 {0}                                 {1}  64 2ms
    1 {0}                                 {1}  64 3ms
    sent=5 received=5 packet-loss=0% min-rtt=2ms avg-rtt=2ms max-rtt=3ms
"""
ROUTEROS = {
    "configuration": (
        " 0  R name=bergen-lns1 comment=branchline bergen-lns1 generation 1 max-mtu=1400 connect-to=203.0.113.10\n"
    ),
    "peer": (" 0 N id=lns1 local-address=198.51.100.10 remote-address=203.0.113.10 state=established side=initiator\n"),
    "sa": ROS_SA.format(5000, 4000),
    "session": (
        "         status: connected\n         uptime: 2m3s\n       encoding:\n            mtu: 1400\n"
        "  local-address: 10.20.0.20\n remote-address: 10.20.0.1\n"
    ),
    "routes": (
        " 0 Ad   dst-address=0.0.0.0/0 routing-table=main gateway=198.51.100.9 distance=1 scope=30\n"
        " 1  As  comment=branchline-bergen-lns1 10.10.0.0/24 dst-address=10.10.0.0/24 gateway=bergen-lns1 distance=1\n"
        " 2 DAc  dst-address=10.20.0.1/32 routing-table=main gateway=bergen-lns1 distance=0 local-address=10.20.0.20\n"
    ),
    "ping 10.20.0.1": ROS_PING.format("10.20.0.1", 56),
    "ping 10.10.0.10": ROS_PING.format("10.10.0.10", 56),
    "ping_full 10.20.0.1": ROS_PING.format("10.20.0.1", 1400),
    "ping_full 10.10.0.10": ROS_PING.format("10.10.0.10", 1400),
    "after": ROS_SA.format(9900, 9000),
}

VYOS_SA = """\
l2tp_remote_access: #2, ESTABLISHED, IKEv1, a1a2a3a4a5a6a7a8_i b1b2b3b4b5b6b7b8_r*
  local  '203.0.113.10' @ 203.0.113.10[4500]
  remote '192.168.1.10' @ 198.51.100.18[4500]
  AES_CBC-128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_2048
  established 400s ago, rekeying in 27000s
  l2tp_remote_access_esp: #2, reqid 2, INSTALLED, TRANSPORT-in-UDP, ESP:AES_CBC-128/HMAC_SHA1_96
    installed 400s ago, rekeying in 2800s, expires in 3200s
    in  c2222222,    500 bytes,     5 packets
    out c3333333,    500 bytes,     5 packets
    local  203.0.113.10/32[udp/l2f]
    remote 198.51.100.18/32[udp/l2f]


l2tp_remote_access: #1, ESTABLISHED, IKEv1, 1a2b3c4d5e6f7081_i 0f1e2d3c4b5a6978_r*
  local  '203.0.113.10' @ 203.0.113.10[500]
  remote 'oslo' @ 198.51.100.10[500]
  AES_CBC-256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/ECP_256
  established 380s ago, rekeying in 27000s
  l2tp_remote_access_esp: #1, reqid 1, INSTALLED, TRANSPORT, ESP:AES_GCM_16-256
    installed 380s ago, rekeying in 2800s, expires in 3220s
    in  c1234567,   {} bytes,    {} packets,     1s ago
    out c7654321,   {} bytes,    {} packets,     1s ago
    local  203.0.113.10/32[udp/l2f]
    remote 198.51.100.10/32[udp/l2f]


"""
VYOS = {
    "configuration": "set vpn l2tp remote-access authentication local-users username oslo password 'x'\n",
    "sessions": (
        " ifname | username |     ip     | ip6 | ip6-dp |  calling-sid  | rate-limit | state  |  uptime  |"
        " rx-bytes | tx-bytes\n"
        "--------+----------+------------+-----+--------+---------------+------------+--------+----------+"
        "----------+----------\n"
        " l2tp0  | oslo     | 10.20.0.20 |     |        | 198.51.100.10 |            | active | 00:06:13 |"
        " 7.7 KiB  | 1.2 KiB\n"
        " l2tp1  | lyon     | 10.20.0.21 |     |        | 198.51.100.18 |            | finish | 00:06:40 |"
        " 188.4 KiB | 9.3 MiB\n"
    ),
    "sa": VYOS_SA.format(1000, 12, 2000, 14),
    "routes": "10.20.0.20 dev l2tp0 src 10.20.0.1 uid 1000 \\    cache \n",
    "ping 10.20.0.20": "5 packets transmitted, 5 received, 0% packet loss, time 4005ms\n",
    "ping_full 10.20.0.20": "2 packets transmitted, 2 received, 0% packet loss, time 1001ms\n",
    "after": VYOS_SA.format(9000, 90, 9500, 95),
}

IOS_OTHER_SESSION = """
Interface: GigabitEthernet0/0/1
Session status: DOWN-NEGOTIATING
Peer: 198.51.100.18 port 4500 fvrf: (none) ivrf: (none)
      Desc: (none)
      Phase1_id: (none)
  Session ID: 0
  IKEv1 SA: local 203.0.113.10/4500 remote 198.51.100.18/4500 Inactive
          Capabilities:(none) connid:0 lifetime:0

"""
IOS_LNS_SESSION = """\
Interface: GigabitEthernet0/0/1
Uptime: 00:02:03
Session status: UP-ACTIVE
Peer: 198.51.100.10 port 500 fvrf: (none) ivrf: (none)
      Phase1_id: oslo
      Desc: (none)
  Session ID: 1
  IKEv2 SA: local 203.0.113.10/500 remote 198.51.100.10/500 Active
          Capabilities:DN connid:1 lifetime:23:57:57
"""
IOS_LNS_SA = """\
    current_peer 198.51.100.18 port 4500
    #pkts encaps: 7, #pkts encrypt: 7, #pkts digest: 7
    #pkts decaps: 7, #pkts decrypt: 7, #pkts verify: 7

     inbound esp sas:

     outbound esp sas:

"""
IOS_LNS = {
    "configuration": "vpdn-group branchline-oslo\n terminate-from hostname oslo\n local name lns1\n",
    "users": (
        "    Line       User       Host(s)              Idle       Location\n"
        "*  1 vty 0     admin      idle                 00:00:00\n"
        "  Interface    User               Mode         Idle     Peer Address\n"
        "  Vi2.1        oslo               PPPoVPDN     00:00:02 10.20.0.20\n"
    ),
    "tunnel": (
        "L2TP Tunnel Information Total tunnels 2 sessions 2\n\n"
        "LocTunID   RemTunID   Remote Name   State  Remote Address  Sessn L2TP Class/\n"
        "                                                           Count VPDN Group\n"
        "40123      17         lyon          est    198.51.100.18   1     branchline-lyon\n"
        "40124      18         oslo          est    198.51.100.10   1     branchline-oslo\n"
    ),
    "session": IOS_OTHER_SESSION + IOS_LNS_SESSION,
    "sa": IOS_LNS_SA + IOS_SA.format(100, 100).replace("current_peer 203.0.113.10", "current_peer 198.51.100.10"),
    "ping 10.20.0.20": IOS_PING.format(100, "10.20.0.20", ""),
    "ping_full 10.20.0.20": IOS_PING.format(1400, "10.20.0.20", DF),
    "after": IOS_LNS_SA + IOS_SA.format(140, 141).replace("current_peer 203.0.113.10", "current_peer 198.51.100.10"),
}
ROS_LNS_SA = """\
 0 HE spi=0xC2222222 src-address=203.0.113.10:4500 dst-address=198.51.100.18:4500 state=mature current-bytes=1
 1 HE spi=0xC7654321 src-address=203.0.113.10 dst-address=198.51.100.10 state=mature current-bytes={}
 2 HE spi=0xC1234567 src-address=198.51.100.10 dst-address=203.0.113.10 state=mature current-bytes={}
"""
ROUTEROS_LNS = {
    "configuration": " 0   name=oslo service=l2tp password=x profile=branchline-lns remote-address=10.20.0.20\n",
    "users": " 0   name=oslo service=l2tp caller-id=198.51.100.10 address=10.20.0.20 uptime=2m3s session-id=0x8\n",
    "peer": (
        " 0 RN id=lyon local-address=203.0.113.10 remote-address=198.51.100.18 state=message-1-sent side=responder\n"
        " 1 R  id=oslo local-address=203.0.113.10 remote-address=198.51.100.10 state=established side=responder\n"
    ),
    "sa": ROS_LNS_SA.format(5000, 4000),
    "ping 10.20.0.20": ROS_PING.format("10.20.0.20", 56),
    "ping_full 10.20.0.20": ROS_PING.format("10.20.0.20", 1400),
    "after": ROS_LNS_SA.format(9900, 9000),
}

LAC_SA = IOS_SA.replace("198.51.100.10", "198.51.100.7")
LAC = {
    "configuration": (
        "vpdn-group branchline-lns1\n request-dialin\n  protocol l2tp\n  domain corp.example\n"
        " initiate-to ip 203.0.113.10 \n local name lac1\n l2tp hidden\n"
    ),
    "session": IOS_SESSION.replace("branchline-bergen-lns1", "branchline-lac").replace("198.51.100.10", "198.51.100.7"),
    "sa": LAC_SA.format(120, 118),
    "vpdn": (
        "\nL2TP Tunnel and Session Information Total tunnels 1 sessions 1\n\n"
        "LocTunID   RemTunID   Remote Name   State  Remote Address  Sessn L2TP Class/\n"
        "                                                           Count VPDN Group\n"
        "26090      11         lns1          est    203.0.113.10    1     branchline-lns1\n\n"
        "LocID      RemID      TunID      Username, Intf/      State  Last Chg Uniq ID\n"
        "                                 Vcid, Circuit\n"
        "18521      16         26090      home1@corp.example, Gi0/0/2  est    06:17:07 571\n"
    ),
    "pppoe": (
        "     1 session  in FORWARDED (FWDED) State\n     1 session  total\n\n"
        "Uniq ID  PPPoE  RemMAC          Port                    VT  VA         State\n"
        "           SID  LocMAC                                      VA-st      Type\n"
        "    571     19  0200.0a01.0005  Gi0/0/2                  1  N/A        FWDED\n"
        "                0200.0a01.0001\n"
    ),
}

TRANSCRIPTS = {
    "linux_ssh": ("linux_ssh/tunnel", LINUX),
    "cisco_iosxe": ("cisco_iosxe/gcm", IOS),
    "cisco_ios": ("cisco_ios/lns", IOS_LNS),
    "mikrotik_routeros": ("mikrotik_routeros/ikev2", ROUTEROS),
    "mikrotik_lns": ("mikrotik_routeros/lns", ROUTEROS_LNS),
    "vyos": ("vyos/lns", VYOS),
    "lac": ("cisco_iosxe/lac", LAC),
}
