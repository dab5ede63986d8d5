"""What a session does when the device answers badly, late, in pages, or is another one than it should be."""

from __future__ import annotations

import pytest
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet import batch
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.errors import DeviceError
from ansible_collections.branchline.l2tp.plugins.plugin_utils.fleet.session import Step
from emulator.desired import SECRETS

BAD = [
    # platform             command                         what the error says, after "bergen: "
    ("cisco_ios",          "show nonsense",                "the device does not know this at `show nonsense`"),
    ("cisco_ios",          "show",                         "the command is incomplete at `show`"),
    ("cisco_ios",          "co",                           "the command is ambiguous at `co`"),
    ("vyos",               "nonsense",                     "the device has no such command at `nonsense`"),
    ("mikrotik_routeros",  "/interface nonsense print",    "the device has no such command at `/interface nons"),
]  # fmt: skip


@pytest.mark.parametrize(("platform", "command", "said"), BAD)
def test_a_bad_answer_names_device_command_and_remedy(bench, platform, command, said):
    session = bench(platform).open()
    with pytest.raises(DeviceError) as error:
        session.run(command)
    assert str(error.value).startswith(f"bergen: {said}")
    assert error.value.trouble.remedy in str(error.value)
    session.close()


def test_a_device_that_says_nothing_is_given_up(bench):
    session = bench(faults={"hang": ("show version", 1)}).open(timeout=3)
    with pytest.raises(DeviceError, match=r"^bergen: no answer within 3 s at `show version`\. Ask the device"):
        session.run("show version")


def test_a_session_that_is_cut_is_told(bench):
    session = bench(faults={"cut": ("show version", 1)}).open()
    with pytest.raises(DeviceError, match=r"^bergen: the session was cut at `show version`"):
        session.run("show version")


def test_a_question_that_no_answer_satisfies_is_given_up(bench):
    device = bench()
    device.emulated.config["hostname elsewhere"] = {}
    step = Step("reload in 5", asks=((r"Save\? \[yes/no\]:", "never"),))
    with pytest.raises(DeviceError, match=r"^bergen: it asks again and again at `reload in 5`"):
        device.open().run(step)


OTHERS = [
    # what differs                     the error
    ({"password": "wrong"},            r"bergen: it does not let admin in\. Check ansible_user, ansible_password"),
    ({"known_hosts": ("/dev/null",)},  r"bergen: nobody knows the host key of \[127\.0\.0\.1\]:\d+\. Read its key"),
    ({"serial": "SNOTHER"},            r"bergen: its serial number is SNBERGEN, the inventory says SNOTHER\. Noth"),
    ({"port": 1},                      r"bergen: it cannot be reached at 127\.0\.0\.1 port 1"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "said"), OTHERS)
def test_nothing_is_sent_to_a_device_that_is_not_the_right_one(bench, changed, said):
    device = bench()
    if "port" in changed:
        (device.known_hosts).write_text(device.known_hosts.read_text() + _renamed(device, changed["port"]))
    with pytest.raises(DeviceError, match=said):
        _open(device, changed)
    assert not [line for line in device.emulated.log if "show running-config" in line]


def _renamed(device, port):
    return device.known_hosts.read_text().replace(f":{device.fleet.ports['bergen']} ", f":{port} ")


def _open(device, changed):
    if "port" not in changed:
        return device.open(**changed)
    device.fleet.ports["bergen"] = changed["port"]
    return device.open()


def test_another_host_key_is_refused(bench):
    device = bench()
    device.fleet.rekey("bergen")
    with pytest.raises(DeviceError, match="bergen: the host key is another one than known_hosts has"):
        device.open()
    assert device.emulated.log == []


def test_the_expected_serial_number_is_let_through(bench):
    device = bench()
    device.open(serial="SNBERGEN").close()


def test_a_login_that_may_not_configure_becomes_one_that_may(bench):
    device = bench()
    device.emulated.secret = "sesame"
    device.open(enable="sesame").close()
    with pytest.raises(
        DeviceError, match=r"bergen: it does not let us configure at `enable`\. Check ansible_become_pass"
    ):
        device.open(enable="wrong")
    assert "sesame" not in device.told()


def test_pages_and_slow_answers_are_read_to_their_end(bench):
    device = bench(faults={"slow": 0.01, "chunk": 7})
    session = device.open()
    session.run("terminal length 5")
    said = [line.rstrip() for line in session.run("show running-config").splitlines()]
    assert said == _shown(device)
    session.close()


def _shown(device):
    return device.emulated._running(None).splitlines()


def test_no_secret_is_in_any_transcript_or_result(bench):
    device = bench()
    result = device.converge()
    told = device.told() + str(result)
    assert "configure terminal" in told
    assert not [name for name, secret in SECRETS.items() if secret in told]
    assert "correct horse" not in told


def test_a_secret_of_a_refused_command_is_masked(bench):
    device = bench(faults={"refuse": ("ppp chap password", 1)})
    with pytest.raises(DeviceError) as error:
        device.converge()
    assert "bergen-lns1.ppp.1" in str(error.value)
    assert SECRETS["bergen-lns1.ppp.1"] not in str(error.value) + device.told()


def test_a_batch_hides_no_failure():
    def work(name):
        if name == "two":
            raise ValueError("a bug with the secret word")
        return {"changed": name == "one"}

    results = batch.each(["one", "two", "three"], work, 2, lambda text: text.replace("secret word", "«masked»"))
    assert list(results) == ["one", "two", "three"]
    assert results["two"] == {"failed": True, "changed": False, "msg": "two: ValueError: a bug with the «masked»"}
