"""What the built-in L2TP clients of others offer by default, played by strongSwan, xl2tpd and pppd.

All of them: IKEv1 main mode, pre-shared key, identities are addresses, transport mode for UDP 1701 to 1701, MS-CHAPv2.
"""

from __future__ import annotations

from typing import NamedTuple


class Client(NamedTuple):
    """Proposals in strongSwan's words, in the client's order, without DES and what strongSwan does not know; hours."""

    name: str
    ike: tuple[str, ...]
    esp: tuple[str, ...]
    ike_lifetime: float
    esp_lifetime: float
    pppd: tuple[str, ...]
    source: str


def every(*columns: str) -> tuple[str, ...]:
    """All combinations, the last column changing fastest, of words that are separated by spaces."""
    first, *others = columns
    if not others:
        return tuple(first.split())
    return tuple(f"{word}-{rest}" for word in first.split() for rest in every(*others))


CLIENTS = (
    Client(
        "windows",
        (
            "aes256-sha1-ecp384",
            "aes128-sha1-ecp256",
            "aes256-sha1-modp2048",
            "3des-sha1-modp2048",
            "3des-sha1-modp1024",
        ),
        ("aes256-sha1", "aes128-sha1", "3des-sha1"),
        8,
        1,
        ("refuse-pap", "refuse-eap", "refuse-chap", "refuse-mschap", "mtu 1400", "mru 1400"),
        # The transforms as Windows 7 and 10 sent them: github.com/hwdsl2/setup-ipsec-vpn issues 283 and 1291. ESP in
        # transport mode only, and 3des-sha1-modp1024: learn.microsoft.com/troubleshoot/windows-client/windows-security/
        # default-encryption-settings-for-l2tp-ipsec-vpn-client (KB 325158).
        "hwdsl2/setup-ipsec-vpn#283, #1291; Microsoft KB 325158",
    ),
    Client(
        "macos",
        (
            *("aes256-sha256-modp2048", "aes256-sha1-modp2048", "aes256-md5-modp2048", "aes256-sha512-modp2048"),
            *every("aes256", "sha256 sha1 md5", "modp1536"),
            *every("aes256", "sha256 sha1 md5", "modp1024"),
            *every("aes128", "sha1 md5", "modp1024"),
            *every("3des", "sha1 md5", "modp1024"),
        ),
        every("aes256 aes128 3des", "sha1 md5"),
        1,
        1,
        ("refuse-pap", "refuse-eap", "refuse-chap", "refuse-mschap"),
        # Fourteen transforms, the thirteenth 3des-sha1-modp1024: github.com/evokelektrique/tunnel-forge issue 13. The
        # rest after those that it shares with Windows: README of github.com/nm-l2tp/NetworkManager-l2tp, "IPsec IKEv1
        # weak legacy algorithms". The order of the weak ones is a reconstruction.
        "evokelektrique/tunnel-forge#13; NetworkManager-l2tp README",
    ),
    Client(
        "android",
        every("aes256", "sha384 sha256 sha512 sha1 md5", "modp1024")
        + every("aes128", "sha1 md5", "modp1024")
        + every("3des", "sha1 md5", "modp1024"),
        every("aes256", "sha512 sha384 sha256 sha1 md5") + every("aes128 3des", "sha1 md5"),
        8,
        8,
        ("refuse-eap", "nodefaultroute", "idle 1800", "mtu 1400", "mru 1400"),
        # Only modp1024, lifetimes of 8 hours: external/ipsec-tools/setup.c of AOSP (add_proposal). Later versions begin
        # with sha384: github.com/hwdsl2/setup-ipsec-vpn issues 101 and 391, github.com/untangle/ngfw_src request 176.
        # pppd's words: the arguments that services/.../connectivity/Vpn.java gives to mtpd.
        "AOSP external/ipsec-tools/setup.c; hwdsl2/setup-ipsec-vpn#101, #391",
    ),
    Client(
        "networkmanager",
        (
            *every("aes256", "sha256", "modp2048 modp1536 modp1024"),
            *every("aes256", "sha1", "modp2048 modp1536 modp1024 ecp384"),
            *("aes128-sha1-modp1024", "aes128-sha1-ecp256", "3des-sha1-modp2048", "3des-sha1-modp1024"),
        ),
        ("aes256-sha1", "aes128-sha1", "3des-sha1"),
        3,
        1,
        ("noipdefault", "nodefaultroute", "noccp", "mru 1400", "mtu 1400", "lcp-echo-failure 0", "lcp-echo-interval 0"),
        # STRONGSWAN_IKEV1_ALGORITHMS_PHASE1 and _PHASE2 of src/nm-l2tp-service.c, and its README
        "NetworkManager-l2tp src/nm-l2tp-service.c",
    ),
)
CONNECTION = """
    version = 1
    aggressive = no
    proposals = {ike}
    rekey_time = {ike_lifetime}h
    remote_addrs = {lns}
    local {{ auth = psk }}
    remote {{ auth = psk }}
    children {{ l2tp {{ mode = transport
      esp_proposals = {esp}
      rekey_time = {esp_lifetime}h
      local_ts = dynamic[udp/1701]
      remote_ts = dynamic[udp/1701] }} }}
"""


def connection(client: Client, lns: str) -> str:
    """strongSwan's connection of a client to an LNS."""
    return CONNECTION.format(
        lns=lns,
        ike=", ".join(client.ike),
        esp=", ".join(client.esp),
        ike_lifetime=client.ike_lifetime,
        esp_lifetime=client.esp_lifetime,
    )
