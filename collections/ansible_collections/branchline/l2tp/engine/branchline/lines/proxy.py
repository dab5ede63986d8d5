"""Proxy LCP and authentication as L2TP carries them (RFC 2661 4.4.5), and as PPP understands them.

The RFC numbers no MS-CHAPv2: it is carried as CHAP, and the algorithm in Last Sent LCP CONFREQ tells the two apart.
"""

from __future__ import annotations

from branchline.errors import PeerError
from branchline.l2tp.call import ProxyAuthentication
from branchline.ppp.auth import ChapCredentials, Credentials, MsChapV2Credentials, PapCredentials
from branchline.ppp.proxy import Proxied
from branchline.wire import mschap, ppp_options

CHAP, PAP, NONE = 2, 3, 4  # Proxy Authen Type


def carried(proxied: Proxied) -> ProxyAuthentication:
    """Return the AVPs' values for what was done here in the place of another end."""
    credentials = proxied.credentials
    lcp = (proxied.first_received, proxied.last_sent, proxied.last_received)
    if credentials is None:
        return ProxyAuthentication(*lcp, method=NONE)
    if isinstance(credentials, PapCredentials):
        return ProxyAuthentication(*lcp, PAP, credentials.name, b"", proxied.identifier, credentials.password)
    given = credentials.response
    response = mschap.encode(given) if isinstance(given, mschap.Response) else given
    return ProxyAuthentication(*lcp, CHAP, credentials.name, credentials.challenge, proxied.identifier, response)


def proxied_by(proxy: ProxyAuthentication | None) -> Proxied | None:
    """Return what a concentrator did, as far as it can be gone on from; None: PPP has to begin anew."""
    if proxy is None or proxy.last_sent is None or proxy.last_received is None:
        return None
    first = proxy.last_received if proxy.first_received is None else proxy.first_received
    return Proxied(first, proxy.last_sent, proxy.last_received, _credentials(proxy), proxy.id)


def _credentials(proxy: ProxyAuthentication) -> Credentials | None:
    if proxy.method == PAP and proxy.name:
        return PapCredentials(proxy.name, proxy.response)
    if proxy.method != CHAP or not (proxy.name and proxy.challenge and proxy.response):
        return None
    try:
        options = dict(ppp_options.decode(ppp_options.LCP, proxy.last_sent or b""))
        if options.get("auth") == "mschapv2":
            response = mschap.decode(proxy.response)
            return MsChapV2Credentials(proxy.name, proxy.id, proxy.challenge, response)
    except PeerError:
        return None
    return ChapCredentials(proxy.name, proxy.id, proxy.challenge, proxy.response)
