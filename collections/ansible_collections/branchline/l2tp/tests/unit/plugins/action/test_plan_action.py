"""The action plugin on a real inventory of Ansible's: all hosts whatever the play, one failure with every error."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from ansible.errors import AnsibleActionFail
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task
from ansible.template import Templar
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager
from ansible_collections.branchline.l2tp.plugins.action.plan import ActionModule
from ansible_collections.branchline.l2tp.plugins.module_utils.secret_store import SecretStore
from ansible_collections.branchline.l2tp.plugins.modules import plan as documented

INVENTORY = """
all:
  children:
    lns:
      hosts:
        lns1:
          branchline_address: 203.0.113.10
          branchline_ppp_address: "{{ inside }}.1"
          branchline_pools: {branches: ["{{ inside }}.16-{{ inside }}.31"]}
          inside: 10.20.0
    branches:
      vars:
        branchline_ppp_secret: "{{ vault_ppp }}"
        vault_ppp: hunter2
      hosts:
        oslo:
        lyon:
    routers:
      hosts:
        isp: {branchline_address: not even looked at}
"""
NO_ESP = {host: {"kernel_esp": False} for host in ("lns1", "oslo", "lyon")}


class Controller:
    """An inventory on disk, and the plugin run upon it as `run_once` would on one host."""

    def __init__(self, folder):
        self.folder = folder
        self.inventory = folder / "hosts.yml"
        self.inventory.write_text(INVENTORY)

    def change(self, old, new):
        self.inventory.write_text(self.inventory.read_text().replace(old, new))

    def run(self, check=False, **arguments):
        loader = DataLoader()
        inventory = InventoryManager(loader, sources=[str(self.inventory)])
        inventory.subset("oslo")
        manager = VariableManager(loader, inventory)
        hostvars = HostVars(inventory, manager, loader)
        variables = manager.get_vars(host=inventory.get_host("oslo")) | {"hostvars": hostvars}
        task = Task()
        task.check_mode = check
        task.args = {
            "secret_store": str(self.folder / "secrets"),
            "facts_cache": str(self.folder / "facts"),
            **arguments,
        }
        context = SimpleNamespace(check_mode=check, diff=False)
        connection = SimpleNamespace(_shell=SimpleNamespace(tmpdir=None), always_pipeline_modules=False)
        templar = Templar(loader=loader, variables=variables)
        module = ActionModule(task, connection, context, loader, templar, None)
        return module.run(task_vars=variables)


@pytest.fixture
def controller(tmp_path):
    return Controller(tmp_path)


def test_the_whole_inventory_is_planned(controller):
    result = controller.run(facts=NO_ESP)
    assert result["changed"] is False
    assert set(result["plan"]) == {"devices", "hosts", "rendered", "lines", "warnings", "secrets"}
    assert set(result["plan"]["hosts"]) == {"lns1", "oslo", "lyon"}
    assert [line["name"] for line in result["plan"]["lines"]] == ["lyon-lns1", "oslo-lns1"]
    assert result["plan"]["lines"][0]["pool_ranges"] == ["10.20.0.16-10.20.0.31"]


def test_secrets_are_drawn_once_and_never_shown(controller):
    result = controller.run(facts=NO_ESP)
    assert result["drawn"] == ["lyon-lns1.psk.1", "lyon-lns1.tunnel.1", "oslo-lns1.psk.1", "oslo-lns1.tunnel.1"]
    assert result["plan"]["secrets"]["oslo-lns1.ppp.1"] == {"var": ["oslo", "branchline_ppp_secret"]}
    store = SecretStore(controller.folder / "secrets")
    shown = json.dumps(result)
    assert "hunter2" not in shown
    assert not [ref for ref in result["drawn"] if store.get(ref) in shown]
    assert controller.run(facts=NO_ESP)["drawn"] == []


def test_check_mode_leaves_nothing_behind(controller):
    result = controller.run(check=True, facts=NO_ESP)
    assert result["drawn"] == []
    assert [path.name for path in controller.folder.iterdir()] == ["hosts.yml"]


def test_last_known_facts_count(controller):
    everything = {host: {"kernel_esp": True} for host in NO_ESP}
    first = controller.run(facts=everything)["plan"]
    assert all(line["reason"].count("its kernel has ESP") == 2 for line in first["lines"])
    assert controller.run(facts={"oslo": {"kernel_esp": True}})["plan"] == first


def test_a_host_without_tun_is_an_error(controller):
    with pytest.raises(AnsibleActionFail, match=r"oslo\.branchline_datapath: the host has no /dev/net/tun; load"):
        controller.run(facts={**NO_ESP, "oslo": {"kernel_esp": False, "tun": False}})


def test_a_host_that_left_the_groups_is_named_until_it_is_forgotten(controller):
    assert controller.run(facts=NO_ESP)["left"] == []
    controller.change("        lyon:\n", "")
    controller.change("        isp: {", "        lyon:\n        isp: {")
    for _ in range(2):
        assert [host["name"] for host in controller.run(facts={})["left"]] == ["lyon"]
    (controller.folder / "facts/lyon.json").unlink()
    assert controller.run(facts={})["left"] == []


LYON = "        lyon: {ansible_host: '192.0.2.{{ 7 }}', ansible_port: 2222, ansible_password: x}\n"


def test_a_host_that_left_the_inventory_is_reached_as_it_was_last(controller):
    controller.change("        lyon:\n", LYON)
    controller.run(facts=NO_ESP)
    controller.change(LYON, "")
    (left,) = controller.run(facts={})["left"]
    assert left == {"name": "lyon", "connection": {"ansible_host": "192.0.2.7", "ansible_port": 2222}}


def test_warnings_are_shown(controller):
    controller.change("        oslo:", "        oslo: {branchline_ike_version: 1}")
    assert controller.run()["warnings"] == controller.run()["plan"]["warnings"] != []


def test_every_error_in_one_failure(controller):
    controller.change("oslo:", "oslo: {branchline_mtu: big, branchline_lns: lns9}")
    controller.change("lyon:", "lyon: {branchline_fixed_address: '{{ nowhere }}'}")
    with pytest.raises(AnsibleActionFail) as failure:
        controller.run(facts=NO_ESP)
    found = str(failure.value)
    assert (
        "3 errors in the inventory; nothing was touched:\n- lyon.branchline_fixed_address: cannot be templated" in found
    )
    assert "\n- oslo.branchline_lns: unknown LNS 'lns9'; name a host of the group of LNSs (lns1)\n- oslo." in found
    assert [path.name for path in controller.folder.iterdir() if path.name == "secrets"] == []


def test_groups_of_another_name(controller):
    controller.change("    lns:", "    servers:")
    controller.change("    branches:", "    offices:")
    result = controller.run(facts=NO_ESP, groups={"lns": "servers", "branches": "offices"})
    assert len(result["plan"]["lines"]) == 2
    with pytest.raises(AnsibleActionFail, match="no group 'lns'"):
        controller.run(facts=NO_ESP)
    with pytest.raises(AnsibleActionFail, match="routers is unknown"):
        controller.run(facts=NO_ESP, groups={"routers": "routers"})


def test_without_generated_secrets(controller):
    with pytest.raises(AnsibleActionFail, match=r"oslo\.branchline_tunnel_secret: is missing, and the generated store"):
        controller.run(facts=NO_ESP, generate_secrets=False)


def test_a_store_that_others_can_read(controller):
    (controller.folder / "secrets").mkdir(mode=0o755)
    with pytest.raises(AnsibleActionFail, match=r"secret_store: .* is open to other users"):
        controller.run(facts=NO_ESP)


def test_it_is_documented():
    assert "module: plan" in documented.DOCUMENTATION
