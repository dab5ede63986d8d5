"""Where ESP is done and in which mode, what tells lines behind one NAT apart, and AH around ESP."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.plan import backends, compute, ports
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.plan.inventories import (
    SMALL,
    changed,
    facts,
    intent,
    planned,
)

TRANSPORT, TUNNEL = ("transport", 1418, None), ("tunnel", 1360, None)
MODES = [
    # branchline_ipsec_backend of  what else is set       (mode, MTU, mark)       reason
    # branch     lns
    ("auto",     "auto",     {},                          TRANSPORT,              "oslo: kernel, its kernel has ESP"),
    ("auto",     "kernel",   {},                          TRANSPORT,              "lns1: kernel by branchline_ipsec"),
    ("libipsec", "auto",     {},                          ("tunnel", 1360, 5889), "lns1: kernel, its kernel has ESP)"),
    ("auto",     "libipsec", {},                          TUNNEL,                 "with a virtual IP (oslo: kernel,"),
    ("auto",     "auto",     {"ipsec_mode": "transport"}, TRANSPORT,              "transport mode, RFC 3193"),
    ("auto",     "auto",     {"ipsec_mode": "tunnel"},    ("tunnel", 1398, None), ", branchline_ipsec_mode)"),
    ("auto",     "auto",     {"protection": "none"},      ("none", 1418, None),   "no IPsec by branchline_prot"),
]  # fmt: skip


@pytest.mark.parametrize(("branch", "lns", "more", "expected", "reason"), MODES)
def test_the_mode_of_a_line_follows_from_its_ends(branch, lns, more, expected, reason):
    inventory = changed({"oslo": {"ipsec_backend": branch, **more}, "lns1": {"ipsec_backend": lns}})
    made = compute.plan(intent(inventory), facts(inventory, kernel_esp=True))
    line = made.lines[1]
    assert (line["mode"], line["mtu"], made.hosts["oslo"]["engine"]["mark"]) == expected
    assert reason in line["reason"]


def test_transport_mode():
    made = planned(SMALL, kernel_esp=True)
    (branch,) = made.hosts["oslo"]["ipsec"]["connections"]
    (lns,) = made.hosts["lns1"]["ipsec"]["connections"]
    client = made.hosts["oslo"]["engine"]["lines"]["oslo-lns1"]
    assert (branch["mode"], branch["virtual_ip"], branch["mobike"]) == (backends.TRANSPORT, False, False)
    assert (lns["mode"], lns["pool"], lns["name"]) == ("transport", None, "lns-ikev2-psk-modern-esp")
    assert made.hosts["lns1"]["ipsec"]["pools"] == []
    assert client["ipsec"]["virtual_ip"] is False
    assert branch["local_ts"] == f"dynamic[udp/{client['source_port']}]"


def test_one_lns_serves_transport_mode_and_virtual_ips_at_once():
    made = planned(changed({"lyon": {"ipsec_backend": "libipsec"}}), kernel_esp=True)
    responders = {one["name"]: one for one in made.hosts["lns1"]["ipsec"]["connections"]}
    (lyon,) = made.hosts["lyon"]["ipsec"]["connections"]
    assert {name: (one["mode"], one["pool"], one["remote_id"]) for name, one in responders.items()} == {
        "lns-ikev2-psk-modern-esp": ("transport", None, None),
        "lyon-lns1": ("tunnel", "branchline", "lyon"),
    }
    assert (lyon["mode"], lyon["virtual_ip"], lyon["local_ts"]) == ("tunnel", True, "dynamic[udp]")
    assert made.hosts["lyon"]["engine"]["mark"] == 0x1701
    assert made.hosts["lyon"]["engine"]["lines"]["lyon-lns1"]["source_port"] == 0
    assert [made.hosts[host]["guard"]["backend"] for host in ("lns1", "oslo", "lyon")] == [
        "kernel",
        "kernel",
        "libipsec",
    ]


def test_esp_within_ah_is_two_children_and_policies_of_our_own():
    made = planned(changed({"oslo": {"protection": "esp+ah"}}), kernel_esp=True)
    client = made.hosts["oslo"]["engine"]["lines"]["oslo-lns1"]
    (initiator,) = made.hosts["oslo"]["ipsec"]["connections"]
    responder = next(one for one in made.hosts["lns1"]["ipsec"]["connections"] if one["name"] == "oslo-lns1")
    for one in (initiator, responder):
        assert (one["esp_proposals"][0], one["ah_proposals"]) == ("aes256gcm16-ecp384", ["sha256-ecp256", "sha256"])
    assert (responder["remote_id"], client["ipsec"]["bundled"], client["mtu"]) == ("oslo", "ah", 1398)
    assert made.hosts["lns1"]["guard"]["bundles"] == [
        {"local": "203.0.113.10/32", "local_port": 1701, "remote": "0.0.0.0/0", "remote_port": 0}
    ]
    assert made.hosts["oslo"]["guard"]["bundles"] == [
        {"local": "0.0.0.0/0", "local_port": client["source_port"], "remote": "203.0.113.10/32", "remote_port": 1701}
    ]
    assert made.hosts["lyon"]["guard"]["bundles"] == []


FOREIGN = {"managed": False, "ike_version": 1, "profile": "windows"}


def test_clients_of_others_are_told_apart_by_marks():
    made = planned(changed({"oslo": FOREIGN, "lyon": {"ike_version": 1}, "bergen": {}}), kernel_esp=True)
    connections = {one["name"]: one for one in made.hosts["lns1"]["ipsec"]["connections"]}
    assert {name: (one["unique_marks"], one["remote_id"]) for name, one in connections.items()} == {
        "lns-ikev1-psk-windows-esp": (True, None),
        "lns-ikev2-psk-modern-esp": (False, None),
        "lyon-lns1": (False, "lyon"),
    }
    assert made.hosts["lns1"]["guard"]["unique_marks"] is True
    assert {line["branch"]: line["local_id"] for line in made.lines} == {
        "oslo": None,
        "lyon": "lyon",
        "bergen": "bergen",
    }
    assert made.rendered["oslo"]["engine"]["lines"]["oslo-lns1"]["source_port"] == 0


def test_an_end_that_others_manage_is_taken_for_one_of_rfc_3193():
    inventory = changed({"oslo": FOREIGN})
    made = compute.plan(intent(inventory), {"lns1": {"kernel_esp": True}})
    assert made.lines[1]["reason"] == (
        "transport mode, RFC 3193 "
        "(oslo: kernel, as others manage it and RFC 3193 asks for transport mode; lns1: kernel, its kernel has ESP)"
    )


def test_source_ports_are_distinct_and_stay_when_others_come():
    names = [f"branch{number}-lns1" for number in range(2000)]
    before, after = ports.distinct(names), ports.distinct([*names, "oslo-lns1"])
    assert len(set(after.values())) == 2001
    assert all(ports.FIRST <= port < ports.FIRST + ports.COUNT for port in after.values())
    assert sum(before[name] != after[name] for name in names) <= 1
    assert len(ports.distinct(f"{number}" for number in range(ports.COUNT + 5))) == ports.COUNT + 5


KERNELS = [({}, "nothing known of its kernel"), ({"kernel_esp": False}, "its kernel lacks ESP")]


@pytest.mark.parametrize(("known", "reason"), KERNELS)
def test_user_space_is_the_choice_where_the_kernel_is_not_known_to_have_esp(known, reason):
    line = compute.plan(intent(SMALL), {"oslo": known}).lines[1]
    assert line["backend"] == {"oslo": "libipsec", "lns1": "libipsec"}
    assert f"oslo: libipsec, {reason}" in line["reason"]
