"""The filter gives the renderer's text, and the renderer's refusal as an error of Ansible's."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.branchline.l2tp.plugins.filter.strongswan_conf import FilterModule
from ansible_collections.branchline.l2tp.plugins.module_utils.render.strongswan import render_strongswan

FILTER = FilterModule().filters()["strongswan_conf"]


def test_the_renderers_text():
    assert FILTER("kernel", plugins=["eap-mschapv2"]) == render_strongswan("kernel", plugins=("eap-mschapv2",))


@pytest.mark.parametrize(("backend", "plugins"), [("none", []), ("libipsec", ["a }"])])
def test_refusals(backend, plugins):
    with pytest.raises(AnsibleFilterError):
        FILTER(backend, plugins=plugins)
