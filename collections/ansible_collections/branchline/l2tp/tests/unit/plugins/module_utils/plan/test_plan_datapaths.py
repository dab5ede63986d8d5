"""What will carry a host's lines, by its variable and its facts; contradictions are errors beforehand."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.compute import plan
from ansible_collections.branchline.l2tp.plugins.module_utils.plan.errors import PlanErrors
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.plan.inventories import changed, intent

HAS = {"kernel_l2tp": True, "kernel_ppp": True, "tun": True}
L2TP_ONLY = {**HAS, "kernel_ppp": False}
LACKS = {"kernel_l2tp": False, "kernel_ppp": False, "tun": True}
NO_TUN = {"tun": False}
CHOSEN = [
    # variable  facts                  name      reason
    ("auto",   HAS,                    "kernel", "oslo: kernel, which has L2TP and PPP"),
    ("auto",   {**HAS, **NO_TUN},      "kernel", "oslo: kernel, which has L2TP and PPP"),
    ("auto",   {},                     "tun",    "oslo: tun, nothing known of its kernel"),
    ("auto",   LACKS,                  "tun",    "oslo: tun, its kernel has no L2TP for PPP (CONFIG_PPPOL2TP)"),
    ("auto",   L2TP_ONLY,              "tun",    "oslo: tun, its kernel has no PPP (CONFIG_PPP, /dev/ppp)"),
    ("tun",    HAS,                    "tun",    "oslo: tun by branchline_datapath"),
    ("kernel", HAS,                    "kernel", "oslo: kernel by branchline_datapath"),
    ("kernel", {},                     "kernel", "oslo: kernel by branchline_datapath"),
    ("kernel", {**HAS, **NO_TUN},      "kernel", "oslo: kernel by branchline_datapath"),
]  # fmt: skip
NO_DEVICE = (
    "oslo.branchline_datapath: the host has no /dev/net/tun; load the module tun, or give the container the device"
)
REFUSED = [
    ("kernel", LACKS, (
        "oslo.branchline_datapath: is kernel, but the kernel of the host has no L2TP for PPP (CONFIG_PPPOL2TP) and no "
        "PPP (CONFIG_PPP, /dev/ppp); set it to auto or tun, or give the host the modules l2tp_ppp and ppp_generic"
    )),
    ("kernel", L2TP_ONLY, (
        "oslo.branchline_datapath: is kernel, but the kernel of the host has no PPP (CONFIG_PPP, /dev/ppp); "
        "set it to auto or tun, or give the host the modules l2tp_ppp and ppp_generic"
    )),
    ("auto", {**LACKS, **NO_TUN}, NO_DEVICE),
    ("auto", NO_TUN, NO_DEVICE),
    ("tun", {**HAS, **NO_TUN}, NO_DEVICE),
]  # fmt: skip


@pytest.mark.parametrize(("variable", "facts", "name", "reason"), CHOSEN)
def test_what_carries_a_line_at_its_branch(variable, facts, name, reason):
    made = plan(intent(changed({"oslo": {"datapath": variable}})), {"oslo": facts})
    line = next(line for line in made.lines if line["branch"] == "oslo")
    assert line["datapath"]["oslo"] == {"name": name, "reason": reason}
    assert line["datapath"]["lns1"] == {"name": "tun", "reason": "lns1: tun, nothing known of its kernel"}
    assert made.hosts["oslo"]["engine"]["datapath"] == variable  # the engine tries the kernel itself


@pytest.mark.parametrize(("variable", "facts", "error"), REFUSED)
def test_what_cannot_work_is_refused(variable, facts, error):
    with pytest.raises(PlanErrors) as caught:
        plan(intent(changed({"oslo": {"datapath": variable}})), {"oslo": facts})
    assert [str(each) for each in caught.value.errors] == [error]
