"""iproute2's and nft's JSON, as recorded on Debian 12."""

from __future__ import annotations

import json

from ansible_collections.branchline.l2tp.plugins.module_utils.ladder import kernel

ROUTES = """\
[{"dst":"10.20.0.1","dev":"oslo-lns1","prefsrc":"10.20.0.20","flags":[],"uid":0,"cache":[]}]
[{"dst":"203.0.113.10","gateway":"198.51.100.1","dev":"eth1","prefsrc":"198.51.100.10","flags":[],"uid":0,"cache":[]}]
[{"type":"local","dst":"10.20.0.20","dev":"lo","table":"local","prefsrc":"10.20.0.20","flags":[],"cache":["local"]}]
"""
ADDRESSES = """[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,
 "addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8}]},
 {"ifindex":9,"ifname":"oslo-lns1","flags":["POINTOPOINT","UP"],"mtu":1360,
  "addr_info":[{"family":"inet","local":"10.20.0.20","address":"10.20.0.1","prefixlen":32}]}, {}]"""
COUNTERS = """{"nftables":[{"metainfo":{"version":"1.0.6","json_schema_version":1}},
 {"counter":{"family":"inet","name":"passed_in","table":"branchline_guard","handle":1,"packets":17,"bytes":2210}},
 {"counter":{"family":"inet","name":"dropped_out","table":"branchline_guard","handle":4,"packets":0,"bytes":0}},
 {"counter":{"family":"inet","name":"dropped_out","table":"another","handle":4,"packets":9,"bytes":0}}]}"""


def test_routes() -> None:
    assert kernel.routes(ROUTES) == {
        "10.20.0.1": kernel.Route("oslo-lns1", None, "10.20.0.20"),
        "203.0.113.10": kernel.Route("eth1", "198.51.100.1", "198.51.100.10"),
        "10.20.0.20": kernel.Route("lo", None, "10.20.0.20"),
    }
    assert kernel.routes("") == {}
    assert kernel.Route("eth1", None, None).as_dict() == {"dev": "eth1"}


def test_interfaces() -> None:
    found = kernel.interfaces(json.loads(ADDRESSES))
    assert found["oslo-lns1"] == kernel.Interface("oslo-lns1", 1360, True, ["10.20.0.20"])
    assert list(found) == ["lo", "oslo-lns1"]


def test_guard() -> None:
    assert kernel.guard(json.loads(COUNTERS)) == {"passed_in": 17, "dropped_out": 0}


def test_the_hosts_own_answers() -> None:
    assert kernel.observe_routes([]) == {}
    assert kernel.observe_routes(["127.0.0.1", "127.0.0.1"])["127.0.0.1"].dev == "lo"
    assert "127.0.0.1" in kernel.observe_interfaces()["lo"].addresses
