# Copyright: Branchline maintainers
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""strongswan.d/branchline.conf: how charon-systemd runs for Branchline, each setting with its reason."""

from __future__ import annotations

from typing import Any

from ansible_collections.branchline.l2tp.plugins.module_utils.render.settings import RenderError, render

MARK = 0x1701
# Not updown: whoever may use charon's socket, the engine that is, could have it run commands as root.
COMMON = (
    "random", "nonce", "openssl", "pem", "pkcs1", "pkcs8", "x509", "pubkey", "constraints", "revocation", "hmac", "kdf",
    "curve25519", "socket-default", "vici", "counters",
)  # fmt: skip
KERNELS = {"libipsec": ("kernel-libipsec", "kernel-netlink"), "kernel": ("kernel-netlink",)}
HEADER = "# Written by Branchline; changes made here are lost. Settings: strongswan.conf(5).\n\n"


def render_strongswan(backend: str, *, mark: int = MARK, plugins: tuple[str, ...] = (), threads: int = 16) -> str:
    """Return the snippet for `libipsec` or `kernel`; `plugins` are loaded besides ours, for the host's other uses.

    Raises RenderError for another backend.
    """
    if backend not in KERNELS:
        raise RenderError(f"ipsec.backend: {backend!r} is not one that charon runs; it is libipsec or kernel")
    settings = {**_loading(backend, plugins), **_addresses(backend), **_running(threads)}
    tree = {**settings, "plugins": _plugins(backend, mark), **_logging()}
    return HEADER + render({"charon-systemd": tree})


def _loading(backend: str, plugins: tuple[str, ...]) -> dict[str, Any]:
    ours = (*COMMON, *KERNELS[backend])
    more = tuple(plugin for plugin in plugins if plugin not in ours)
    return {
        "#load": "Only what is needed; kernel-libipsec comes before kernel-netlink, which offers the same.",
        "load_modular": "no",
        "load": " ".join((*ours, *more)),
    }


def _addresses(backend: str) -> dict[str, Any]:
    if backend == "kernel":
        reason = (
            "Virtual IPs are put on the host, without a route: all else to the peer would leave with one as source."
        )
        return {"#routes": reason, "install_virtual_ip": "yes", "install_routes": "no"}
    reason = "Virtual IPs are put on the host, with a route to the peer, which only marked packets take."
    return {"#routes": reason, "install_virtual_ip": "yes", "install_routes": "yes"}


def _running(threads: int) -> dict[str, Any]:
    return {
        "threads": str(threads),
        "#retransmit": "A dead peer is known after 1 + 1.4 + 2 + 2.7 + 3.8 = 11 s, not after 165.",
        "retransmit_timeout": "1.0",
        "retransmit_base": "1.4",
        "retransmit_tries": "4",
        "#half": "Many branches behind one NAT come up at once; 5, the default, would shut the rest out.",
        "block_threshold": "256",
        "cookie_threshold": "64",
        "#reauth": "Where a peer insists on reauthentication, the new SA is there before the old one goes.",
        "make_before_break": "yes",
    }


def _plugins(backend: str, mark: int) -> dict[str, Any]:
    vici = {"vici": {"socket": "unix:///run/charon.vici"}}
    if backend == "kernel":
        return vici
    return {
        **vici,
        "kernel-libipsec": {
            "#load": "Debian's kernel-libipsec.conf says no, which counts even for a plugin in the list.",
            "load": "yes",
            "#peer": "The protected traffic goes to the peer's own address.",
            "allow_peer_ts": "yes",
        },
        "kernel-netlink": {
            "#mark": "Only the engine's sockets bear the mark: all else to the peer, IKE too, stays outside ipsec0.",
            "fwmark": f"{mark:#x}",
        },
    }


def _logging() -> dict[str, Any]:
    journal = {
        "#level": "Level 1 says what was negotiated; secrets appear at 4 only. net and enc would log each DPD packet.",
        "default": "1",
        "net": "0",
        "enc": "0",
    }
    return {"journal": journal}
