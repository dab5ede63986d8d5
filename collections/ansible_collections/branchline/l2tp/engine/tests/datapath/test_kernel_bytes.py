"""What is said to the kernel and read from it, octet by octet (linux/if_pppol2tp.h, linux/ppp-ioctl.h)."""

from __future__ import annotations

import pytest

from branchline.datapath import kernel_ppp, kernel_sockets, kernel_table
from branchline.datapath.interface import Counters
from branchline.datapath.kernel_counters import FRESH, InterfaceCounters, parse
from branchline.datapath.names import interface_name


def test_the_address_of_a_session_is_packed_as_sockaddr_pppol2tp():
    packed = kernel_sockets.ADDRESS.pack(24, 1, 0, 7, 0x1111, 0x2222, 0x3333, 0x4444)
    assert packed.hex() == "1800010000000000000007000000" + 16 * "00" + "1111222233334444"


def test_the_statistics_are_as_long_as_pppol2tp_ioc_stats():
    assert kernel_sockets.STATS.size == (kernel_sockets.PPPIOCGL2TPSTATS >> 16) & 0x3FFF == 72


REQUESTS = [
    # request             direction, length, number
    (kernel_ppp.PPPIOCGCHAN, 2, 4, 55),
    (kernel_ppp.PPPIOCATTCHAN, 1, 4, 56),
    (kernel_ppp.PPPIOCBRIDGECHAN, 1, 4, 53),
    (kernel_ppp.PPPIOCCONNECT, 1, 4, 58),
    (kernel_ppp.PPPIOCNEWUNIT, 3, 4, 62),
    (kernel_ppp.PPPIOCSNPMODE, 1, 8, 75),
    (kernel_sockets.PPPIOCGL2TPSTATS, 2, 72, 54),
]


@pytest.mark.parametrize(("request_", "direction", "length", "number"), REQUESTS)
def test_requests_are_made_as_the_ioc_macros_make_them(request_, direction, length, number):
    assert request_ == direction << 30 | length << 16 | ord("t") << 8 | number


TABLE = """\
Inter-|   Receive                                            |  Transmit
 face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls carrier compressed
    lo:    0       0    0    0    0     0          0         0     0       0    0    0    0     0       0          0
oslo-lns1:49560  898    0    3    0     0          0         0 108907688 77830  0    4    0     0       0          0
"""


def test_counters_of_each_interface():
    assert parse(TABLE) == {"lo": Counters(), "oslo-lns1": Counters(898, 49560, 77830, 108907688, 3, 4)}


def test_one_reading_serves_for_a_moment(tmp_path):
    now, table = [0.0], tmp_path / "dev"
    table.write_text(TABLE)
    counters = InterfaceCounters(lambda: now[0], table)
    assert counters.of("oslo-lns1").rx_packets == 898
    table.write_text(TABLE.replace("898", "899"))
    now[0] = FRESH / 2
    assert counters.of("oslo-lns1").rx_packets == 898
    now[0] = FRESH * 2
    assert counters.of("oslo-lns1").rx_packets == 899
    assert counters.of("nobody") == Counters()


AWKWARD = ["rotterdam-lns-12", "a/b", "..", "x" * 200, "zürich-lns1", " ", "0123456789----------"]


@pytest.mark.parametrize("line", AWKWARD)
def test_any_line_has_an_interface_that_linux_takes(line):
    name = interface_name(line)
    assert 0 < len(name.encode()) <= 15
    assert not set(name) & set("/: \t\n")
    assert name not in (".", "..")
    assert name == interface_name(line)


@pytest.mark.parametrize("line", ["oslo-lns1", "a", "rotterdam-lns12"])
def test_a_name_that_fits_is_the_lines(line):
    assert interface_name(line) == line


def test_lines_that_begin_alike_have_different_interfaces():
    assert len({interface_name(f"rotterdam-warehouse-{number}") for number in range(100)}) == 100


GROUPS = [(False, False, 0x170100), (True, False, 0x170101), (False, True, 0x170102), (True, True, 0x170103)]


@pytest.mark.parametrize(("served", "clamped", "group"), GROUPS)
def test_the_rules_go_by_the_group_of_the_interface(served, clamped, group):
    assert kernel_table.group(served=served, clamped=clamped) == group
    text = kernel_table.text()
    source, clamp = text.partition("chain source")[2].partition("chain clamp")[::2]
    assert (str(group) in source, str(group) in clamp) == (served, clamped)


def test_the_table_takes_the_place_of_an_earlier_one():
    assert kernel_table.text().startswith("table ip branchline_lines\ndelete table ip branchline_lines\n")
