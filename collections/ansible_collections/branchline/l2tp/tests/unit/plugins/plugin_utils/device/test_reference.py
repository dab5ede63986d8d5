"""docs/devices.md says what the driver packages say."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver, package, reference

DOCUMENT = Path(__file__).resolve().parents[5] / "docs/devices.md"


def test_the_document_is_up_to_date():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == reference.renewed(text)


@pytest.mark.parametrize("platform", driver.platforms())
def test_the_document_has_every_platform(platform):
    assert f"| `{platform}` |" in DOCUMENT.read_text(encoding="utf-8")


@pytest.mark.parametrize("platform", [name for name in driver.platforms() if driver.capabilities(name)["managed"]])
def test_a_managed_platform_has_everything_that_a_session_needs(platform):
    own = package.load(platform)
    assert driver.session(platform)["netmiko"]
    assert driver.transaction(platform)["name"]
    assert driver.show_commands(platform)
    assert own.platform["grammar"] in driver.GRAMMARS
    assert own.platform["parse"]
    assert own.verify


@pytest.mark.parametrize("platform", driver.platforms())
def test_every_option_of_a_platform_is_one_that_the_plan_asks_for(platform):
    known = {
        *("tunnel_secret", "hide_avps", "host_name", "hello", "sequencing", "mss", "mss_clamp", "default_route"),
        *(
            "fixed_address",
            "user_address",
            "user_tunnel_secret",
            "user_routes",
            "user_description",
            "lns_identity",
            "key_generation",
            "certificate_chain",
            "carried",
        ),
    }
    assert set(driver.capabilities(platform)["options"]) <= known
