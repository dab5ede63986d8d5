"""Secrets of devices: placeholders everywhere, known again when read back, resolved last, never shown."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.branchline.l2tp.plugins.plugin_utils.device import driver, masking
from ansible_collections.branchline.l2tp.tests.unit.plugins.plugin_utils.device import cases

KEY = "-----BEGIN {0}-----\nS3cret+of/ours\nQQ==\n-----END {0}-----\n".format("PRIVATE KEY")
HIDDEN, FOREIGN = {"$hidden": True}, {"$foreign": True}


def values(state):
    """A value for each secret of a state: a text, or a key in PEM."""
    refs = enumerate(sorted(driver.references(state)))
    return {ref: KEY if ".key." in ref else f"S3cret-{number}-of-ours" for number, ref in refs}


@pytest.mark.parametrize("name", cases.MANAGED)
def test_what_a_device_shows_in_clear_is_known_again(name):
    platform, state = name.partition("/")[0], cases.desired(name)["device"]
    secrets = values(state)
    (shown,) = driver.fill(platform, [driver.text(platform, state)], secrets)
    assert driver.parse(platform, {"": shown}, secrets) == state
    masked = driver.mask(shown, secrets.values(), platform)
    assert [value for value in secrets.values() if value in masked] == []


@pytest.mark.parametrize("name", cases.MANAGED)
def test_the_secrets_of_others_are_masked_and_differ(name):
    platform, state = name.partition("/")[0], cases.desired(name)["device"]
    secrets = values(state)
    (shown,) = driver.fill(platform, [driver.text(platform, state)], secrets)
    seen = driver.parse(platform, {"": shown}, {})
    assert driver.references(seen) == set()
    if secrets:
        assert driver.difference(platform, seen, state)
    told = [driver.text(platform, seen), driver.mask(shown, (), platform), repr(seen)]
    assert [value for value in secrets.values() if any(value in text for text in told)] == []


def test_a_device_that_hides_secrets_is_not_changed_for_it():
    state = cases.desired("cisco_ios/ikev1")["device"]
    shown = driver.text("cisco_ios", state)
    for ref in driver.references(state):
        shown = shown.replace(f"password 0 «{ref}»", "password 7 0822455D0A16").replace(f"key «{ref}»", "key 6 AbCd")
    seen = driver.parse("cisco_ios", {"": shown})
    (line,) = seen["lines"].values()
    assert (line["secret"], line["tunnel_secret"], line["ipsec"]["secret"]) == (HIDDEN, HIDDEN, HIDDEN)
    assert driver.difference("cisco_ios", seen, state) == []
    masked = driver.mask(shown, (), "cisco_ios")
    assert "0822455D0A16" not in masked
    assert "AbCd" not in masked


def test_a_new_generation_is_sent_even_if_the_old_secret_is_hidden():
    state = cases.desired("cisco_ios/clear")["device"]
    (name,) = state["lines"]
    seen, wanted = copy.deepcopy(state), copy.deepcopy(state)
    seen["lines"][name]["secret"] = HIDDEN
    wanted["lines"][name].update(generation=2, secret={"$secret": "bergen-lns1.ppp.2"})
    commands = driver.difference("cisco_ios", seen, wanted)
    assert "ppp chap password 0 «bergen-lns1.ppp.2»" in commands
    assert "no ppp chap password" in commands


def test_a_new_generation_of_the_key_that_all_share_is_sent_too():
    state = cases.desired("cisco_ios/lns_ikev1")["device"]
    seen, wanted = copy.deepcopy(state), copy.deepcopy(state)
    seen["lns"]["ipsec"]["secret"] = HIDDEN
    assert driver.difference("cisco_ios", seen, wanted) == []
    wanted["lns"]["ipsec"].update(generation=2, secret={"$secret": "lns1.ikev1.2"})
    commands = driver.difference("cisco_ios", seen, wanted)
    assert "pre-shared-key address 0.0.0.0 0.0.0.0 key «lns1.ikev1.2»" in commands
    assert "no pre-shared-key address 0.0.0.0 0.0.0.0" in commands


PLACEHOLDERS = [
    ({"$secret": "a.b.1"}, "«a.b.1»"),
    (HIDDEN, "«hidden»"),
    (FOREIGN, "«other»"),
    (None, "«missing»"),
]


@pytest.mark.parametrize(("secret", "text"), PLACEHOLDERS)
def test_placeholders(secret, text):
    assert masking.placeholder(secret) == text


def test_fill_resolves_or_names_the_reference_alone():
    commands = ["password 0 «a»", "key «b»", "plain"]
    assert driver.fill("cisco_ios", commands, {"a": "one", "b": "two"}) == ["password 0 one", "key two", "plain"]
    with pytest.raises(driver.SecretError) as refused:
        driver.fill("cisco_ios", [*commands, "«c»"], {"a": "with space", "b": "what?"})
    told = str(refused.value)
    assert told.startswith("c: is not known; a: has characters, or a length, that the platform cannot take")
    assert "with space" not in told
    assert "what?" not in told


UNFIT = [("cisco_ios", "a?b"), ("mikrotik_routeros", 'a"b'), ("mikrotik_routeros", "a$b"), ("vyos", "a'b")]


@pytest.mark.parametrize(
    ("platform", "value"), [*UNFIT, ("linux_ssh", "a b"), ("linux_ssh", "a#b"), ("macos", "a<b"), ("windows", "a'b")]
)
def test_a_secret_that_would_break_out_of_its_place_is_refused(platform, value):
    with pytest.raises(driver.SecretError):
        driver.fill(platform, ["x «ref»"], {"ref": value})
    for lines in (f"{KEY}; reboot", KEY.replace("QQ==", "$(reboot)"), "one\ntwo"):
        with pytest.raises(driver.SecretError):
            driver.fill(platform, ["x «ref»"], {"ref": lines})


@pytest.mark.parametrize("platform", driver.platforms())
def test_every_platform_takes_what_the_store_draws(platform):
    drawn = "AZaz09-_" * 5  # the alphabet of secrets.token_urlsafe
    assert driver.fill(platform, ["«ref»"], {"ref": drawn}) == [drawn]


def test_a_private_key_in_one_line_is_masked_wherever_it_stands():
    state = cases.desired("vyos/lns_x509")["device"]
    secrets = values(state)
    body = masking.body(secrets["lns1.key.1"])
    (shown,) = driver.fill("vyos", [driver.text("vyos", state)], secrets)
    assert f"private key {body}" in shown
    assert body not in driver.mask(f"error: {body}", secrets.values(), "vyos")
    assert body not in driver.mask(shown, (), "vyos")
    seen = driver.parse("vyos", {"": shown}, {"lns1.key.1": KEY.replace("QQ==", "Qg==")})
    assert seen["lns"]["ipsec"]["secret"] == FOREIGN
    commands = driver.difference("vyos", seen, {**state, "lns": {**state["lns"], "users": seen["lns"]["users"]}})
    assert commands == [
        "delete pki certificate branchline private key",
        "set pki certificate branchline private key '«body:lns1.key.1»'",
    ]


@pytest.mark.parametrize("key", [KEY.replace("PRIVATE", "RSA PRIVATE"), "S3cret", KEY.replace("QQ==", "$(reboot)")])
def test_a_key_that_is_not_in_pkcs8_is_refused(key):
    with pytest.raises(driver.SecretError, match=r"lns1\.key\.1: is no private key in PKCS #8") as refused:
        driver.fill("vyos", ["set pki certificate branchline private key «body:lns1.key.1»"], {"lns1.key.1": key})
    assert "S3cret" not in str(refused.value)


BODIES = [("QUJD", 1), ("A" * 64, 1), ("A" * 65, 2), ("A" * 129, 3)]


@pytest.mark.parametrize(("body", "lines"), BODIES)
def test_pem_and_its_body(body, lines):
    text = masking.pem(body)
    assert (masking.body(text), len(text.splitlines())) == (body, lines + 2)
    assert masking.body(body) == ""


def test_masks_of_texts():
    table = [
        ("the key is hunter22, hunter22!", ["hunter22"], "the key is «masked», «masked»!"),
        ("abc", ["a"], "abc"),  # too short to be looked for
        ("abcdef abcd", ["abcd", "abcdef"], "«masked» «masked»"),
        ("set vpn x pre-shared-secret 'foo'", [], "set vpn x pre-shared-secret '«masked»'"),
        ("set vpn x password «a.ppp.1»", [], "set vpn x password «a.ppp.1»"),
    ]
    for text, secrets, shown in table:
        assert driver.mask(text, secrets, "vyos") == shown
