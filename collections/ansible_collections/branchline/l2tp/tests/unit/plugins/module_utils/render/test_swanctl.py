"""desired.ipsec as swanctl.conf(5): the text of both ends, what is refused, and that identities and keys come back."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.branchline.l2tp.plugins.module_utils.render.settings import RenderError
from ansible_collections.branchline.l2tp.plugins.module_utils.render.swanctl import certificate_files, render_swanctl
from ansible_collections.branchline.l2tp.tests.unit.plugins.module_utils.render.settings_syntax import parse
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)
INITIATOR = {
    "name": "oslo-lns1", "version": 2, "initiator": True, "local_address": None, "remote_address": "203.0.113.10",
    "local_id": "oslo", "remote_id": "lns1", "remote_ids": [], "auth": "psk", "certificate": None, "ca": None,
    "proposals": ["aes256gcm16-prfsha384-ecp384", "aes256-sha256-ecp256"], "esp_proposals": ["aes256gcm16"],
    "ah_proposals": [], "mode": "tunnel", "virtual_ip": True, "pool": None, "local_ts": "dynamic[udp]",
    "remote_ts": "203.0.113.10/32[udp/1701]", "dpd_delay": 5, "mobike": False,
}  # fmt: skip
RESPONDER = INITIATOR | {
    "name": "lns-ikev2-psk", "initiator": False, "local_address": "203.0.113.10", "remote_address": "%any",
    "local_id": "lns1", "remote_id": None, "virtual_ip": False, "pool": "branchline",
    "local_ts": "203.0.113.10/32[udp/1701]", "remote_ts": "dynamic[udp]",
}  # fmt: skip
KEY = {"name": "ike-oslo-lns1", "ids": ["oslo", "lns1"], "secret": 'p#s "k\\'}

BRANCH = r"""connections {
  oslo-lns1 {
    version = 2
    local_addrs = %any
    remote_addrs = 203.0.113.10
    proposals = aes256gcm16-prfsha384-ecp384, aes256-sha256-ecp256
    vips = 0.0.0.0
    mobike = no
    dpd_delay = 5s
    rekey_time = 4h
    keyingtries = 0
    local {
      auth = psk
      id = "oslo"
    }
    remote {
      auth = psk
      id = "lns1"
    }
    children {
      l2tp {
        mode = tunnel
        local_ts = dynamic[udp]
        remote_ts = 203.0.113.10/32[udp/1701]
        esp_proposals = aes256gcm16
        rekey_time = 1h
        start_action = none
        dpd_action = restart
      }
    }
  }
}
secrets {
  ike-oslo-lns1 {
    id-1 = "lns1"
    secret = "p#s \"k\\"
  }
}
"""
LNS = r"""connections {
  lns-ikev2-psk {
    version = 2
    local_addrs = 203.0.113.10
    remote_addrs = %any
    proposals = aes256gcm16-prfsha384-ecp384, aes256-sha256-ecp256
    pools = branchline
    mobike = no
    dpd_delay = 5s
    rekey_time = 5h
    unique = replace
    local {
      auth = psk
      id = "lns1"
    }
    remote {
      auth = psk
    }
    children {
      l2tp {
        mode = tunnel
        local_ts = 203.0.113.10/32[udp/1701]
        remote_ts = dynamic[udp]
        esp_proposals = aes256gcm16
        rekey_time = 75m
        start_action = none
        dpd_action = clear
      }
    }
  }
}
pools {
  branchline {
    addrs = 10.99.0.0/24
  }
}
secrets {
  ike-oslo-lns1 {
    id-1 = "oslo"
    secret = "p#s \"k\\"
  }
}
"""


def body(ipsec):
    """The text after the remarks at its top."""
    return render_swanctl(ipsec).split("\n\n", 1)[1]


def rendered(ipsec):
    return parse(render_swanctl(ipsec))


def test_the_branch():
    assert body({"backend": "libipsec", "connections": [INITIATOR], "secrets": [KEY]}) == BRANCH


def test_the_lns():
    pools = [{"name": "branchline", "addresses": "10.99.0.0/24"}]
    assert body({"backend": "libipsec", "connections": [RESPONDER], "pools": pools, "secrets": [KEY]}) == LNS


CLIENTS = RESPONDER | {"version": 1, "mode": "transport", "pool": None, "unique_marks": True}
MARKED = """\
      l2tp {
        mode = transport
        local_ts = 203.0.113.10/32[udp/1701]
        remote_ts = dynamic[udp]
        esp_proposals = aes256gcm16
        mark_in = %unique
        mark_out = %unique
        set_mark_in = %same
"""


def test_clients_of_others_have_marks_and_may_share_an_identity():
    text = body({"backend": "kernel", "connections": [CLIENTS], "secrets": [KEY]})
    assert MARKED in text
    assert "    unique = never\n" in text


BUNDLE = """\
    children {
      l2tp {
        mode = transport
        local_ts = dynamic[udp/20001]
        remote_ts = 203.0.113.10/32[udp/1701]
        esp_proposals = aes256gcm16
        rekey_time = 1h
        start_action = none
        dpd_action = restart
        policies = no
        reqid = 1701
      }
      ah {
        mode = transport
        local_ts = dynamic[esp]
        remote_ts = 203.0.113.10/32[esp]
        ah_proposals = sha256
        rekey_time = 1h
        start_action = none
        dpd_action = restart
        policies = no
        reqid = 1702
      }
    }
"""


def test_esp_within_ah_is_two_children():
    both = {"mode": "transport", "virtual_ip": False, "local_ts": "dynamic[udp/20001]", "ah_proposals": ["sha256"]}
    assert BUNDLE in body({"backend": "kernel", "connections": [INITIATOR | both], "secrets": [KEY]})


def test_nothing():
    assert rendered({"backend": "none", "connections": [], "pools": [], "secrets": []}) == {}


def test_the_order_of_the_input_does_not_matter():
    other = INITIATOR | {"name": "a-line"}
    assert render_swanctl({"connections": [INITIATOR, other]}) == render_swanctl({"connections": [other, INITIATOR]})


def test_ikev1_is_main_mode():
    assert rendered({"connections": [INITIATOR | {"version": 1}]})["connections"]["oslo-lns1"]["aggressive"] == "no"


def test_x509_names_its_certificate_its_authority_and_one_peer():
    x509 = RESPONDER | {"auth": "x509", "remote_id": "lyon", "certificate": "lns1", "ca": "lns1-ca"}
    section = rendered({"connections": [x509]})["connections"]["lns-ikev2-psk"]
    assert section["local"] == {"auth": "pubkey", "id": "lns1", "certs": "branchline-lns1.crt"}
    assert section["remote"] == {"auth": "pubkey", "id": "lyon", "cacerts": "branchline-lns1-ca.crt"}


OWNERS = [
    #  ids in the plan      our identities  whose key it is
    (["oslo", "lns1"],      ["lns1"],       {"id-1": "oslo"}),
    (["oslo", "lns1"],      ["oslo"],       {"id-1": "lns1"}),
    (["203.0.113.10"],      ["203.0.113.10", "lns1"], {"id-1": "203.0.113.10"}),
    (["turin", "milan"],    ["lns1"],       {"id-1": "turin", "id-2": "milan"}),
]  # fmt: skip


@pytest.mark.parametrize(("ids", "ours", "owners"), OWNERS)
def test_a_key_belongs_to_the_peers_alone(ids, ours, owners):
    connections = [RESPONDER | {"name": f"c{number}", "local_id": identity} for number, identity in enumerate(ours)]
    secrets = [{"name": "ike-x", "ids": ids, "secret": "k"}]
    assert rendered({"connections": connections, "secrets": secrets})["secrets"]["ike-x"] == owners | {"secret": "k"}


SECRETS = ["0xfeed", "0Xfeed", "0sQUJD", "Zürich"]


@pytest.mark.parametrize("secret", SECRETS)
def test_what_strongswan_would_read_as_a_number_or_in_another_charset_is_base64(secret):
    written = rendered({"secrets": [KEY | {"secret": secret}]})["secrets"]["ike-oslo-lns1"]["secret"]
    assert written.startswith("0s")
    assert base64.b64decode(written[2:]).decode() == secret


@given(TEXT, TEXT.filter(lambda text: "*" not in text and text[0] != "%"))
def test_any_secret_and_identity_come_back(secret, identity):
    ipsec = {"connections": [INITIATOR | {"local_id": identity}], "secrets": [KEY | {"secret": secret}]}
    tree = rendered(ipsec)
    assert tree["connections"]["oslo-lns1"]["local"]["id"] == identity
    written = tree["secrets"]["ike-oslo-lns1"]["secret"]
    assert written == secret or base64.b64decode(written[2:]).decode() == secret


REFUSED = [
    (INITIATOR | {"remote_id": "*"}, {}, "not the identity of one peer"),
    (INITIATOR | {"remote_id": "%any"}, {}, "not the identity of one peer"),
    (INITIATOR | {"local_id": ""}, {}, "not the identity of one peer"),
    (INITIATOR | {"local_id": "os\nlo"}, {}, "line end"),
    (INITIATOR | {"name": "oslo.lns1"}, {}, "cannot name a section"),
    (INITIATOR | {"proposals": ["aes256 }"]}, {}, "cannot have"),
    (RESPONDER | {"auth": "x509", "certificate": "a", "ca": "b"}, {}, "every certificate of the CA"),
    (INITIATOR, {"secret": "hidden\n"}, "line end"),
    (INITIATOR, {"secret": ""}, "is empty"),
    (INITIATOR, {"name": "private-x"}, "begins with ike-"),
    (INITIATOR, {"ids": ["%any"]}, "not the identity of one peer"),
]


@pytest.mark.parametrize(("connection", "key", "why"), REFUSED)
def test_refusals(connection, key, why):
    with pytest.raises(RenderError, match=why) as refusal:
        render_swanctl({"connections": [connection], "secrets": [KEY | key]})
    assert "hidden" not in str(refusal.value)


def test_two_of_one_name():
    with pytest.raises(RenderError, match="one name"):
        render_swanctl({"connections": [INITIATOR, INITIATOR]})


def pem(kind):
    return f"-----BEGIN {kind}-----\nAAAA\n-----END {kind}-----"


def test_certificate_files():
    certificates = [
        {"kind": "x509", "name": "lns1", "pem": pem("CERTIFICATE")},
        {"kind": "private", "name": "lns1", "pem": pem("EC PARAMETERS") + "\n\n"},
        {"kind": "x509ca", "name": "lns1-ca", "pem": pem("CERTIFICATE")},
    ]
    assert certificate_files({"certificates": certificates}) == [
        ("/etc/swanctl/private/branchline-lns1.key", pem("EC PARAMETERS") + "\n"),
        ("/etc/swanctl/x509/branchline-lns1.crt", pem("CERTIFICATE") + "\n"),
        ("/etc/swanctl/x509ca/branchline-lns1-ca.crt", pem("CERTIFICATE") + "\n"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("lns1", "not PEM", "not PEM"),
        ("lns1", pem("ENCRYPTED PRIVATE") + " KEY", "passphrase"),
        ("../x", pem("CERTIFICATE"), "name"),
    ],
)
def test_certificates_that_are_refused(name, text, why):
    with pytest.raises(RenderError, match=why):
        certificate_files({"certificates": [{"kind": "private", "name": name, "pem": text}]})
