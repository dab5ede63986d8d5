# Copyright: Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired state `ipsec` of a host as swanctl.conf(5) and as files of certificates. Pure; secrets are resolved."""

from __future__ import annotations

import base64
from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.render.policies import AH_REQID, ESP_REQID
from ansible_collections.branchline.l2tp.plugins.module_utils.render.settings import (
    Quoted,
    RenderError,
    render,
    section_name,
)

HEADER = """\
# Written by Branchline from the inventory; changes made here are lost. Load with: swanctl --load-all --noprompt
# What it says is loaded without touching connections that did not change.

"""
# The responder waits until the initiator's SA would have expired (rekey_time and a tenth): two ends that rekey at one
# instant can lose packets, and an IKEv1 responder that reauthenticates leaves the initiator without virtual IP.
REKEY = {
    "initiator": {"ike": "4h", "child": "1h"},
    "responder": {"ike": "5h", "child": "75m"},
}
# Policies of several clients behind one NAT are alike but for their marks. What an SA has decrypted gets its mark, and
# the guard's rules give that mark to the answers: connmark's rules of iptables are not needed.
UNIQUE_MARKS = {"mark_in": "%unique", "mark_out": "%unique", "set_mark_in": "%same"}
FOLDERS = {"x509": "crt", "x509ca": "crt", "private": "key"}


def render_swanctl(ipsec: dict[str, Any]) -> str:
    """Return /etc/swanctl/conf.d/branchline.conf (0600: it holds the secrets) for `desired.ipsec`.

    Raises RenderError, whose message never holds a secret, for what cannot be written safely.
    """
    tree: dict[str, Any] = {
        "connections": _by_name(ipsec.get("connections", []), _connection),
        "pools": _by_name(ipsec.get("pools", []), _pool),
        "secrets": _by_name(_for_peers(ipsec), _secret),
    }
    return HEADER + render({name: section for name, section in tree.items() if section})


def certificate_files(ipsec: dict[str, Any]) -> list[tuple[str, str]]:
    """Return (path, PEM text) of each certificate and key, sorted by path; all are to be written 0600."""
    files = [_certificate_file(certificate) for certificate in ipsec.get("certificates", [])]
    return sorted(files)


def _by_name(items: list[dict[str, Any]], section: Any) -> dict[str, Any]:
    named = {section_name(item["name"], "name"): section(item) for item in items}
    if len(named) != len(items):
        raise RenderError("ipsec: two connections, pools or secrets have one name")
    return dict(sorted(named.items()))


def _connection(connection: dict[str, Any]) -> dict[str, Any]:
    field = f"connections.{connection['name']}"
    return {
        "version": str(connection["version"]),
        "local_addrs": connection.get("local_address") or "%any",
        "remote_addrs": connection.get("remote_address") or "%any",
        "proposals": ", ".join(connection["proposals"]),
        **_addresses_inside(connection),
        **_liveness(connection),
        "local": _local(connection, field),
        "remote": _remote(connection, field),
        "children": _children(connection),
    }


def _addresses_inside(connection: dict[str, Any]) -> dict[str, str]:
    """A virtual IP each keeps clients apart that have the same private address behind different NATs."""
    tree = {}
    if connection.get("virtual_ip"):
        tree["vips"] = "0.0.0.0"  # noqa: S104 - "any", not a socket
    if connection.get("pool"):
        tree["pools"] = connection["pool"]
    return tree


def _liveness(connection: dict[str, Any]) -> dict[str, str]:
    tree = {
        "mobike": "yes" if connection.get("mobike") else "no",
        "dpd_delay": f"{connection.get('dpd_delay', 5)}s",
        "rekey_time": REKEY[_role(connection)]["ike"],
    }
    if connection["version"] == 1:
        tree["aggressive"] = "no"
    if connection.get("initiator"):
        tree["keyingtries"] = "0"
    else:
        # Identities behind a shared key prove nothing: 192.168.1.10 is at home in many homes.
        tree["unique"] = "never" if connection.get("unique_marks") else "replace"
    return tree


def _local(connection: dict[str, Any], field: str) -> dict[str, Any]:
    tree: dict[str, Any] = {"auth": _auth(connection), "id": _identity(connection["local_id"], f"{field}.local_id")}
    if connection.get("certificate"):
        tree["certs"] = f"branchline-{section_name(connection['certificate'], f'{field}.certificate')}.crt"
    return tree


def _remote(connection: dict[str, Any], field: str) -> dict[str, Any]:
    tree: dict[str, Any] = {"auth": _auth(connection)}
    if connection["auth"] == "x509" and not connection.get("remote_id"):
        raise RenderError(f"{field}.remote_id: is needed with X.509, or every certificate of the CA would be let in")
    if connection.get("remote_id"):
        tree["id"] = _identity(connection["remote_id"], f"{field}.remote_id")
    if connection.get("ca"):
        tree["cacerts"] = f"branchline-{section_name(connection['ca'], f'{field}.ca')}.crt"
    return tree


def _children(connection: dict[str, Any]) -> dict[str, dict[str, str]]:
    """One child SA, or for ESP and AH one each.

    IKE has no bundle of both any more (RFC 4301 leaves it to nested policies). Their selectors say what each covers,
    L2TP and ESP, so that a responder never takes one for the other; the policies that have the kernel do first ESP,
    then AH, are those of render.policies.
    """
    if not (connection.get("esp_proposals") and connection.get("ah_proposals")):
        return {"l2tp": _child(connection)}
    around = {name: f"{connection[name].partition('[')[0]}[esp]" for name in ("local_ts", "remote_ts")}
    own = {"policies": "no"}
    return {
        "l2tp": _child({**connection, "ah_proposals": []}) | own | {"reqid": str(ESP_REQID)},
        "ah": _child({**connection, "esp_proposals": [], **around}) | own | {"reqid": str(AH_REQID)},
    }


def _child(connection: dict[str, Any]) -> dict[str, str]:
    tree = {
        "mode": connection["mode"],
        "local_ts": connection["local_ts"],
        "remote_ts": connection["remote_ts"],
        "esp_proposals": ", ".join(connection.get("esp_proposals", [])),
        "ah_proposals": ", ".join(connection.get("ah_proposals", [])),
        **(UNIQUE_MARKS if connection.get("unique_marks") else {}),
        "rekey_time": REKEY[_role(connection)]["child"],
        "start_action": "none",
        "dpd_action": "restart" if connection.get("initiator") else "clear",
    }
    return {name: value for name, value in tree.items() if value}


def _role(connection: dict[str, Any]) -> str:
    return "initiator" if connection.get("initiator") else "responder"


def _auth(connection: dict[str, Any]) -> str:
    return {"psk": "psk", "x509": "pubkey"}[connection["auth"]]


def _identity(identity: str, field: str) -> Quoted:
    """An identity is one peer: a wildcard would let others in."""
    if not identity or "*" in identity or identity.startswith("%"):
        raise RenderError(f"{field}: {identity!r} is not the identity of one peer; name it without wildcards")
    return Quoted(identity, field)


def _pool(pool: dict[str, Any]) -> dict[str, str]:
    return {"addrs": pool["addresses"]}


def _for_peers(ipsec: dict[str, Any]) -> list[dict[str, Any]]:
    """The secrets, each for its peers only, without our own identities.

    charon takes a key if either end's identity is among its owners: named with both, one branch's key would prove any
    identity to the LNS (tried: it did).
    """
    ours = {connection["local_id"] for connection in ipsec.get("connections", [])}
    return [
        {**secret, "ids": [identity for identity in secret["ids"] if identity not in ours] or secret["ids"]}
        for secret in ipsec.get("secrets", [])
    ]


def _secret(secret: dict[str, Any]) -> dict[str, Any]:
    field = f"secrets.{secret['name']}"
    if not secret["name"].startswith("ike-"):
        raise RenderError(f"{field}: the name of a pre-shared key begins with ike-")
    tree: dict[str, Any] = {
        f"id-{number}": _identity(identity, f"{field}.ids") for number, identity in enumerate(secret["ids"], 1)
    }
    tree["secret"] = _secret_text(secret["secret"], f"{field}.secret")
    return tree


def _secret_text(secret: str, field: str) -> Quoted:
    """Plain where strongSwan reads it as it stands; base64 (its 0s prefix) for what it would take for a number."""
    text = Quoted(secret, field)
    if not secret:
        raise RenderError(f"{field}: is empty")
    if secret.isascii() and not secret.lower().startswith(("0x", "0s")):
        return text
    return Quoted("0s" + base64.b64encode(secret.encode()).decode(), field)


def _certificate_file(certificate: dict[str, Any]) -> tuple[str, str]:
    field = f"certificates.{certificate['name']}"
    kind, pem = certificate["kind"], certificate["pem"]
    if "-----BEGIN " not in pem or "ENCRYPTED" in pem:
        raise RenderError(f"{field}: is not PEM text, or is a key with a passphrase, which charon cannot ask for")
    name = section_name(certificate["name"], field)
    return f"/etc/swanctl/{kind}/branchline-{name}.{FOLDERS[kind]}", pem.strip() + "\n"
