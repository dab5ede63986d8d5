"""A line for each protection, IKE version and kind of credentials: all done by the kernel, every rung proven."""

from __future__ import annotations

import pytest
from lane import up
from lines import LNS, Site, certificate

CBC = {"cbc": {"ike": ["aes256-sha256-ecp256"], "esp": ["aes256-sha256"], "ah": ["sha256"]}}
GCM, AES, SHA = "rfc4106(gcm(aes))", "cbc(aes)", "hmac(sha256)"
CBC_V1 = {"profile": "cbc", "ike_version": 1}
LINES = [
    # name                       what the branch says                        what its SAs are
    ("IKEv2 PSK ESP AES-GCM",    {},                                         {"esp": [GCM]}),
    ("IKEv2 PSK ESP AES-CBC",    {"profile": "cbc"},                         {"esp": [AES, SHA]}),
    ("IKEv2 PSK AH",             {"profile": "cbc", "protection": "ah"},     {"ah": [SHA]}),
    ("IKEv2 PSK ESP+AH",         {"profile": "cbc", "protection": "esp+ah"}, {"esp": [AES], "ah": [SHA]}),
    ("IKEv1 PSK ESP AES-CBC",    CBC_V1,                                     {"esp": [AES, SHA]}),
    ("IKEv1 PSK AH",             {**CBC_V1, "protection": "ah"},             {"ah": [SHA]}),
    ("IKEv2 X.509 ESP AES-GCM",  {"ike_auth": "x509"},                       {"esp": [GCM]}),
    ("IKEv1 X.509 ESP AES-CBC",  {**CBC_V1, "ike_auth": "x509"},             {"esp": [AES, SHA]}),
]  # fmt: skip


@pytest.fixture(scope="module")
def site():
    """Return an LNS and a branch with a LAN; each test changes their line as it runs."""
    hosts = up("isp", "lns1", "corp1", "oslo", "oslo-pc")
    return Site(hosts, {"lns1": {**LNS, **certificate("lns1"), "branchline_profiles": CBC}})


@pytest.mark.parametrize(("words", "sas"), [row[1:] for row in LINES], ids=[row[0] for row in LINES])
def test_every_rung_is_proven(site, words, sas):
    oslo, lns = site.hosts["oslo"], site.hosts["lns1"]
    own = {"pool": "branches", "lans": ["192.168.50.0/24"], "probe": "192.168.50.10", **words}
    site.variables["oslo"] = {**certificate("oslo"), **{f"branchline_{name}": value for name, value in own.items()}}
    site.apply()
    line = site.prove()["oslo-lns1"]
    assert line["rungs"][2]["evidence"]["oslo"]["mode"] == "transport"
    for host in (oslo, lns):
        it_is_the_kernels(host, sas)
    if len(sas) == 2:
        policies_that_somebody_flushes_are_loaded_again(site)


def policies_that_somebody_flushes_are_loaded_again(site):
    """ESP within AH is by policies of ours, which charon knows nothing of."""
    site.hosts["oslo"].run("ip xfrm policy deleteall priority 401701")
    assert site.apply() == {"lns1": [], "oslo": ["the policies for ESP within AH were not loaded"]}
    assert site.apply() == {"lns1": [], "oslo": []}
    site.prove()


def it_is_the_kernels(host, sas):
    """`ip -d link`, /proc/net/pppol2tp and `ip -s xfrm state` show the line, with packets in all."""
    interface = host.line("oslo-lns1")["interface"]
    assert " ppp " in host.run(f"ip -d link show {interface}"), f"{host.name}: {host.log()}"
    session = host.run("cat /proc/net/pppol2tp").partition("SESSION")[2].split()
    assert session, "the kernel has no session"
    states = host.run("ip -s xfrm state").split("\nsrc ")
    assert {state.split()[state.split().index("proto") + 1] for state in states} == set(sas)
    assert all("mode transport" in state for state in states)
    for protocol, algorithms in sas.items():
        own = [state for state in states if f"proto {protocol} " in state]
        assert all(algorithm in state for state in own for algorithm in algorithms)
        assert len(own) >= 2
