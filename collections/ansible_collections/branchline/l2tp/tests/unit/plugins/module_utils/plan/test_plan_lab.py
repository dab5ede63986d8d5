"""The lab's inventory, and the parts of the desired state that are worth reading."""

from __future__ import annotations

import json

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.plan import (
    backends,
    compute,
    engine_config,
    errors,
    hops,
    ipsec,
    lines,
    ports,
    references,
)
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.intent import read
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.plan.inventories import (
    LAB,
    LNS1,
    SMALL,
    X509,
    changed,
    facts,
    intent,
    planned,
)

PLAN = planned(LAB)


HOSTS = ("lns1", "oslo", "lyon")


def test_the_parts_are_pure_functions_of_a_line():
    """The same parts again, each on its own."""
    report = errors.Report()
    network = read(intent(SMALL), report)
    ends = {name: backends.Backend("libipsec", True, f"{name}: libipsec, its kernel lacks ESP") for name in HOSTS}
    line = lines.join(network, report, hops.Trunks(hops.Known(ends, {}), report))[1]
    refs = references.References(store=True, report=report)
    host = planned(SMALL).hosts["oslo"]
    assert engine_config.branch_config(line, refs) == host["engine"]
    assert ipsec.branch_ipsec(line, refs) == host["ipsec"]
    assert ipsec.branch_guard(host["ipsec"], line) == host["guard"]
    assert refs.sources["oslo-lns1.ppp.1"] == {"store": "oslo-lns1.ppp.1"}


def secret(ref):
    return {"$secret": ref}


REASON = "tunnel mode with a virtual IP (oslo: libipsec, its kernel lacks ESP; lns1: libipsec, its kernel lacks ESP)"


def test_the_branch_opens_its_line():
    assert PLAN.hosts["oslo"]["engine"] == {
        "version": 1,
        "host_name": "oslo",
        "datapath": "auto",
        "mark": 5889,
        "lns": None,
        "lines": {
            "oslo-lns1": {
                "lns": "203.0.113.10",
                "port": 1701,
                "ipsec": {
                    "connection": "oslo-lns1",
                    "child": "l2tp",
                    "virtual_ip": True,
                    "bundled": None,
                    "reason": REASON,
                },
                "source_port": 0,
                "tunnel_secret": secret("oslo-lns1.tunnel.1"),
                "peer_host_name": "lns1",
                "user": "oslo",
                "secret": secret("oslo-lns1.ppp.1"),
                "auth": ["mschapv2", "chap-md5"],
                "interface": "oslo-lns1",
                "mtu": 1360,
                "mss_clamp": True,
                "address": "10.20.0.20",
                "routes": ["10.10.0.0/24"],
                "default_route": False,
                "hello": 60,
                "echo": 10,
                "hide_avps": True,
                "sequencing": False,
                "enabled": True,
            }
        },
    }


def test_the_lns_expects_every_branch():
    server = PLAN.hosts["lns1"]["engine"]["lns"]
    assert server["listen"] == [{"address": "203.0.113.10", "port": 1701}]
    assert server["pools"] == {"branches": ["10.20.0.16-10.20.0.127"]}
    assert server["require_tunnel_secret"] is True
    assert list(server["users"]) == list(server["peers"]) == ["lyon", "oslo", "rotterdam", "turin"]
    assert server["users"]["oslo"] == {
        "line": "oslo-lns1",
        "secret": secret("oslo-lns1.ppp.1"),
        "address": "10.20.0.20",
        "pool": "branches",
        "routes": ["192.168.50.0/24"],
    }


def test_one_responder_connection_for_all_branches_that_are_alike():
    part = PLAN.hosts["lns1"]["ipsec"]
    assert [(one["name"], one["local_id"], one["remote_ids"]) for one in part["connections"]] == [
        ("lns-ikev1-psk-compatible-esp", "203.0.113.10", []),
        ("lns-ikev2-psk-modern-esp", "lns1", []),
        ("lyon-lns1", "lns1", ["lyon"]),
    ]
    for one in part["connections"]:
        assert (one["remote_address"], one["pool"]) == ("%any", "branchline")
        assert (one["local_ts"], one["remote_ts"]) == ("203.0.113.10/32[udp/1701]", "dynamic[udp]")
    assert part["pools"] == [{"name": "branchline", "addresses": "10.99.0.0/24"}]
    assert part["secrets"] == [
        {"name": "ike-oslo-lns1", "ids": ["oslo", "lns1"], "secret": secret("oslo-lns1.psk.1")},
        {"name": "ike-rotterdam-lns1", "ids": ["rotterdam", "lns1"], "secret": secret("rotterdam-lns1.psk.1")},
        {"name": "ike-lns1-ikev1", "ids": ["203.0.113.10"], "secret": secret("lns1.ikev1.1")},
    ]
    assert [(one["kind"], one["name"]) for one in part["certificates"]] == [
        ("x509", "lns1"),
        ("x509ca", "lns1-ca"),
        ("private", "lns1"),
    ]


def test_the_initiator():
    (connection,) = PLAN.hosts["oslo"]["ipsec"]["connections"]
    assert {key: connection[key] for key in connection if key not in ("proposals", "esp_proposals")} == {
        "name": "oslo-lns1",
        "version": 2,
        "auth": "psk",
        "initiator": True,
        "local_address": None,
        "remote_address": "203.0.113.10",
        "local_id": "oslo",
        "remote_id": "lns1",
        "remote_ids": [],
        "unique_marks": False,
        "certificate": None,
        "ca": None,
        "ah_proposals": [],
        "mode": "tunnel",
        "virtual_ip": True,
        "pool": None,
        "local_ts": "dynamic[udp]",
        "remote_ts": "203.0.113.10/32[udp/1701]",
        "dpd_delay": 5,
        "mobike": False,
    }


def test_ikev1_takes_a_profile_that_it_can_speak_and_the_shared_key():
    turin = PLAN.hosts["turin"]["ipsec"]
    assert turin["connections"][0]["proposals"][0] == "aes256-sha256-ecp256"
    assert turin["connections"][0]["remote_id"] == "203.0.113.10"
    assert turin["secrets"] == [PLAN.hosts["lns1"]["ipsec"]["secrets"][-1]]


def test_the_plan_is_plain_data_without_secrets():
    inventory = changed({"oslo": {"psk": "hunter2", "ppp_secret": "hunter2", "tunnel_secret": "hunter2"}})
    text = json.dumps(planned(inventory).as_dict())
    assert "hunter2" not in text
    assert json.loads(text)["secrets"]["oslo-lns1.psk.1"] == {"var": ["oslo", "branchline_psk"]}
    assert json.loads(text)["secrets"]["lyon-lns1.psk.1"] == {"store": "lyon-lns1.psk.1"}


def test_a_new_generation_is_a_new_reference():
    made = planned(changed({"oslo": {"secret_generation": 2}}))
    assert {"oslo-lns1.psk.2", "lyon-lns1.psk.1"} <= set(made.secrets)
    assert "oslo-lns1.psk.1" not in made.secrets


def test_an_unmanaged_end_is_rendered_only():
    made = planned(changed({"oslo": {"managed": False}}))  # of which it is known that its kernel lacks ESP
    assert set(made.hosts) == {"lns1", "lyon"}
    assert made.rendered == {"oslo": planned(SMALL).hosts["oslo"]}
    assert made.hosts["lns1"] == planned(SMALL).hosts["lns1"]


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


def test_without_ipsec():
    made = planned(changed({"oslo": {"protection": "none"}, "lyon": {"protection": "none"}}))
    assert made.hosts["oslo"]["ipsec"]["backend"] == made.hosts["lns1"]["ipsec"]["backend"] == backends.NONE
    assert made.hosts["oslo"]["engine"]["lines"]["oslo-lns1"]["ipsec"] is None
    assert made.hosts["oslo"]["guard"] == {
        "backend": "none",
        "addresses": ["203.0.113.10"],
        "cleartext": ["203.0.113.10"],
        "bundles": [],
    }
    assert made.hosts["lns1"]["guard"]["cleartext"] == ["203.0.113.10"]
    assert not [ref for ref in made.secrets if ".psk." in ref]


def test_an_lns_without_branches_waits_for_them():
    made = planned({"lns": {"lns1": LNS1}, "branches": {}})
    assert made.hosts["lns1"]["ipsec"]["backend"] == "libipsec"
    assert made.hosts["lns1"]["engine"]["lns"]["users"] == {}
    assert made.hosts["lns1"]["guard"]["addresses"] == ["203.0.113.10"]


def test_the_lnss_own_address_is_cut_out_of_its_pools():
    made = planned(changed({"lns1": {"pools": {"branches": ["10.20.0.0/29"]}}}))
    assert made.hosts["lns1"]["engine"]["lns"]["pools"] == {"branches": ["10.20.0.2-10.20.0.6"]}


def test_names_with_dots():
    inventory = {"lns": {"lns1": SMALL["lns"]["lns1"]}, "branches": {"oslo.example.com": {}}}
    made = planned(inventory)
    assert made.lines[0]["name"] == "oslo.example.com-lns1"
    assert made.lines[0]["connection"] == "oslo_example_com-lns1"
    assert made.hosts["oslo.example.com"]["ipsec"]["secrets"][0]["name"] == "ike-oslo_example_com-lns1"
    assert made.lines[0]["interface"] == lines.interface_name("oslo.example.com-lns1")


INTERFACES = [
    ("oslo-lns1", "oslo-lns1"),
    ("exactly15-lns01", "exactly15-lns01"),
    ("amsterdam-north-lns1", "amsterdam-0ff9"),
    ("amsterdam-south-lns1", "amsterdam-a764"),
]


@pytest.mark.parametrize(("line", "name"), INTERFACES)
def test_interface_names(line, name):
    assert lines.interface_name(line) == name
    assert len(name) <= lines.INTERFACE_LENGTH


def test_a_windows_client_has_no_tunnel_secret():
    windows = {"managed": False, "ike_version": 1, "profile": "windows", "ipsec_backend": "kernel"}
    made = planned(changed({"oslo": windows}), kernel_esp=True)
    server = made.hosts["lns1"]["engine"]["lns"]
    assert (server["require_tunnel_secret"], list(server["peers"])) == (False, ["lyon"])
    assert made.rendered["oslo"]["engine"]["lines"]["oslo-lns1"]["tunnel_secret"] is None


def test_x509_of_a_branch():
    part = planned(changed({"lns1": {k: v for k, v in X509.items() if k != "ike_auth"}, "oslo": X509})).hosts["oslo"][
        "ipsec"
    ]
    assert part["secrets"] == []
    assert part["certificates"][2] == {"kind": "private", "name": "oslo", "pem": secret("oslo.key.1")}
    assert (part["connections"][0]["certificate"], part["connections"][0]["ca"]) == ("oslo", "oslo-ca")


def test_facts_of_strangers_do_not_matter():
    known = {**facts(SMALL), "isp": {"kernel_esp": True}}
    assert compute.plan(intent(SMALL), known).as_dict() == planned(SMALL).as_dict()
