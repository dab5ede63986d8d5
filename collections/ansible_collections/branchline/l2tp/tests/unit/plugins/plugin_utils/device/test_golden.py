"""What is rendered for each platform and feature: as it was looked at, and in no words but the vendors' own."""

from __future__ import annotations

import plistlib
import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver, masking
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device.grammars import objects
from ansible_collections.branchline.l2tp.tests.unit.plugins.plugin_utils.device import cases

SYNTAX = Path(__file__).parent / "syntax"
FILES = sorted(path.relative_to(cases.GOLDEN).as_posix() for path in cases.GOLDEN.glob("*/*.txt"))
OF = {"cisco_iosxe": "cisco_ios"}


def golden(place):
    return (cases.GOLDEN / place).read_text(encoding="utf-8")


def syntax(platform):
    """The transcription of the vendor's documentation: [{source, lines | menus}]."""
    name = OF.get(platform, platform)
    return yaml.safe_load((SYNTAX / f"{name}.yml").read_text(encoding="utf-8"))


def test_every_platform_and_every_case_has_a_golden_file():
    assert {place.partition("/")[0] for place in FILES} == set(driver.platforms())
    assert set(FILES) == {f"{name}.txt" for name in cases.CASES}


@pytest.mark.parametrize("place", FILES)
def test_what_is_rendered_is_the_golden_file(place):
    assert cases.rendered()[place] == golden(place)


@pytest.mark.parametrize("place", [place for place in FILES if place.startswith(("cisco", "vyos"))])
def test_every_line_is_in_the_vendors_documentation(place):
    known = [pattern for part in syntax(place.partition("/")[0]) for pattern in part["lines"]]
    lines = [line for line in golden(place).splitlines() if line]
    assert lines
    assert [line for line in lines if not any(re.fullmatch(pattern, line) for pattern in known)] == []


@pytest.mark.parametrize("place", [place for place in FILES if place.startswith("mikrotik")])
def test_every_property_is_in_the_vendors_documentation(place):
    menus = {menu: own for part in syntax("mikrotik_routeros") for menu, own in part["menus"].items()}
    found = objects.objects(
        golden(place), {"identity": {menu: "comment" for menu in menus if "name" not in menus[menu]}}
    )
    assert sum(len(own) for own in found.values()) > 15
    wrong = [
        (menu, key, value)
        for (menu, _name), own in found.items()
        for key, value in own.items()
        if not re.fullmatch(_pattern(menus[menu][key]), value)
    ]
    assert wrong == []


def _pattern(written):
    return {True: "yes", False: "no"}.get(written, written)


@pytest.mark.parametrize(
    "platform", sorted({*driver.platforms()} - {"linux_ssh", "windows", "macos", "networkmanager"})
)
def test_every_transcription_names_its_source(platform):
    assert all(part["source"].startswith("http") and (part.get("lines") or part["menus"]) for part in syntax(platform))


def test_a_profile_of_macos_is_a_property_list():
    desired = cases.desired("macos/psk")
    name, text = driver.document("macos", desired, dict.fromkeys(driver.references(desired), "S3cret-of-all"))
    found = plistlib.loads(text.encode())
    (vpn,) = found["PayloadContent"]
    assert name == "bergen.mobileconfig"
    assert (vpn["VPNType"], vpn["IPSec"]["SharedSecret"], vpn["IPv4"]["OverridePrimary"]) == (
        "L2TP",
        b"S3cret-of-all",
        1,
    )
    assert (vpn["PPP"]["AuthName"], vpn["PPP"]["AuthPassword"]) == ("bergen", "S3cret-of-all")


@pytest.mark.parametrize("name", cases.CASES)
def test_a_finished_document_has_every_secret_and_no_placeholder(name):
    desired = cases.desired(name)
    refs = enumerate(sorted(driver.references(desired)))
    secrets = {
        ref: masking.pem(f"KEY{number}", "PRIVATE KEY") if ".key." in ref else f"value-{number}" for number, ref in refs
    }
    _file, text = driver.document(name.partition("/")[0], desired, secrets)
    assert "«" not in text
    if not name.startswith("macos"):  # whose profile has one of them in base64
        assert [ref for ref, value in secrets.items() if (masking.body(value) or value) not in text] == []
