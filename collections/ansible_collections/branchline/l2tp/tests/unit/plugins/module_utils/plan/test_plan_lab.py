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
    assert ipsec.caller_ipsec(line.branch, [line], line.branch_backend, refs) == host["ipsec"]
    assert ipsec.caller_guard(host["ipsec"], [line]) == host["guard"]
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
