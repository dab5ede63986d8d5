"""Reads one level of a decoded JSON document: each problem is noted with the path of its field, none is raised."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from branchline.errors import ConfigError

INTERFACE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}")
MISSING = object()
T = TypeVar("T")


class Reader:
    """Takes the fields of one object by name; a wrong one is noted in `errors`, a harmless value stands in."""

    def __init__(self, data: Any, path: str, errors: list[ConfigError]) -> None:
        self._path = path
        self._errors = errors
        self._seen: set[str] = set()
        if not isinstance(data, dict):
            self.problem("", f"is {kind(data)}, not an object", "write {...}")
            data, self._errors = {}, []  # one problem is enough: what is inside cannot be told
        self._data: dict[str, Any] = data

    def problem(self, name: str, message: str, remedy: str) -> None:
        """Note that the field `name` of this object is wrong."""
        self._errors.append(ConfigError(self._at(name) or "configuration", message, remedy))

    def done(self) -> None:
        """Note every field that nobody asked for: most often a misspelt one."""
        for name in sorted(set(self._data) - self._seen):
            self.problem(name, "is not known", f"remove it; known here: {', '.join(sorted(self._seen))}")

    def text(self, name: str, default: Any = MISSING) -> str:
        """A text that is not empty."""
        value = self._take(name, default)
        if not isinstance(value, str) or not value:
            return self._wrong(name, value, "a text", "")
        return value

    def optional_text(self, name: str) -> str | None:
        """A text, or None where it is null or absent."""
        return None if self._take(name, None) is None else self.text(name)

    def any_text(self, name: str) -> str:
        """A text that may be empty, and is where it is absent."""
        value = self._take(name, "")
        return value if isinstance(value, str) else self._wrong(name, value, "a text", "")

    def boolean(self, name: str, *, default: bool) -> bool:
        """True or false."""
        value = self._take(name, default)
        return value if isinstance(value, bool) else self._wrong(name, value, "true or false", default)

    def number(self, name: str, low: float, high: float, default: Any = MISSING) -> float:
        """A number from `low` to `high`."""
        value = self._take(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            return self._wrong(name, value, f"a number from {low} to {high}", low)
        return float(value)

    def integer(self, name: str, low: int, high: int, default: Any = MISSING) -> int:
        """A whole number from `low` to `high`."""
        value = self._take(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            return self._wrong(name, value, f"a whole number from {low} to {high}", low)
        return int(value)

    def optional_integer(self, name: str, low: int, high: int) -> int | None:
        """A whole number, or None where it is null or absent."""
        return None if self._take(name, None) is None else self.integer(name, low, high)

    def optional_integers(self, name: str, low: int, high: int) -> tuple[int, ...] | None:
        """A list of whole numbers from `low` to `high`, or None where it is null or absent."""
        values = self._take(name, None)
        if values is None:
            return None
        fits = isinstance(values, list) and all(is_whole(value, low, high) for value in values)
        return (
            tuple(values)
            if fits
            else self._wrong(name, values, f"a list of whole numbers from {low} to {high}", (low,))
        )

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts that are not empty; none where it is null or absent."""
        values = self._take(name, None) or []
        if isinstance(values, list) and all(isinstance(value, str) and value for value in values):
            return tuple(values)
        return self._wrong(name, values, "a list of texts", ())

    def choice(self, name: str, allowed: Sequence[str], default: Any = MISSING) -> str:
        """One of `allowed`."""
        value = self._take(name, default)
        if isinstance(value, str) and value in allowed:
            return value
        return self._wrong(name, value, f"one of {', '.join(allowed)}", allowed[0])

    def choices(self, name: str, allowed: Sequence[str], default: Any = MISSING) -> tuple[str, ...]:
        """At least one of `allowed`, each once, in the order of preference."""
        value = self._take(name, default)
        known = isinstance(value, (list, tuple)) and all(isinstance(one, str) and one in allowed for one in value)
        if not known or not value or len(set(value)) != len(value):
            return self._wrong(name, value, f"a list of {', '.join(allowed)}", tuple(allowed[:1]))
        return tuple(value)

    def interface(self, name: str, default: Any = MISSING) -> str:
        """A name that Linux takes for an interface: 1 to 15 bytes."""
        value = self._take(name, default)
        if not isinstance(value, str) or not INTERFACE.fullmatch(value):
            return self._wrong(name, value, "an interface name of 1 to 15 letters, digits, '.', '_', '-'", "")
        return value

    def address(self, name: str, default: Any = MISSING) -> str:
        """An IPv4 address."""
        return self._address(name, self._take(name, default))

    def optional_address(self, name: str) -> str | None:
        """An IPv4 address, or None where it is null or absent."""
        return None if self._take(name, None) is None else self.address(name)

    def bindable(self, name: str) -> str:
        """An IPv4 address of this host, not the wildcard: with it, replies could leave from another address."""
        value = self.address(name)
        if value and ipaddress.ip_address(value).is_unspecified:
            return self._wrong(name, value, "one address of this host", "")
        return value

    def addresses(self, name: str, at_most: int) -> tuple[str, ...]:
        """Up to `at_most` IPv4 addresses."""
        values = self._list(name)
        if len(values) > at_most:
            self.problem(name, f"has {len(values)} entries", f"give {at_most} at most")
        return tuple(self._address(f"{name}[{index}]", value) for index, value in enumerate(values))

    def networks(self, name: str) -> tuple[str, ...]:
        """IPv4 networks in CIDR notation, without host bits."""
        return tuple(self._network(f"{name}[{index}]", value) for index, value in enumerate(self._list(name)))

    def ranges(self, name: str, key: str) -> tuple[str, ...]:
        """Address ranges: "first-last", a network in CIDR notation, or one address."""
        values = self._data[name][key]
        if not isinstance(values, list):
            return self._wrong(f"{name}.{key}", values, "a list of ranges", ())
        for index, value in enumerate(values):
            if not is_range(value):
                self._wrong(f"{name}.{key}[{index}]", value, "first-last, a network or an address", "")
        return tuple(value for value in values if is_range(value))

    def names(self, name: str) -> list[str]:
        """The keys of the object at `name`."""
        value = self._take(name, {})
        return sorted(value) if isinstance(value, dict) else self._wrong(name, value, "an object", [])

    def section(self, name: str) -> Reader | None:
        """The object at `name`, or None where it is null or absent."""
        value = self._take(name, None)
        return None if value is None else Reader(value, self._at(name), self._errors)

    def sections(self, name: str) -> Iterator[tuple[str, Reader]]:
        """Each named object of the object at `name`, in the order of their names."""
        for key in self.names(name):
            yield key, Reader(self._data[name][key], self._at(f"{name}.{key}"), self._errors)

    def items(self, name: str) -> Iterator[Reader]:
        """Each object of the list at `name`."""
        for index, value in enumerate(self._list(name)):
            yield Reader(value, self._at(f"{name}[{index}]"), self._errors)

    def _at(self, name: str) -> str:
        return f"{self._path}.{name}".strip(".")

    def _take(self, name: str, default: Any) -> Any:
        self._seen.add(name)
        return self._data.get(name, default)

    def _list(self, name: str) -> list[Any]:
        value = self._take(name, [])
        if not isinstance(value, list):
            return self._wrong(name, value, "a list", [])
        return value

    def _address(self, name: str, value: Any) -> str:
        try:
            return str(ipaddress.IPv4Address(value)) if isinstance(value, str) else self._no_address(name, value)
        except ValueError:
            return self._no_address(name, value)

    def _no_address(self, name: str, value: Any) -> str:
        return self._wrong(name, value, "an IPv4 address such as 192.0.2.1", "")

    def _network(self, name: str, value: Any) -> str:
        try:
            return str(ipaddress.IPv4Network(value))
        except ValueError:
            return self._wrong(name, value, "an IPv4 network without host bits such as 192.0.2.0/24", "192.0.2.0/24")

    def _wrong(self, name: str, value: Any, wanted: str, stand_in: T) -> T:
        """Note the problem; a text is not repeated, because it may be a secret that stands in the wrong place."""
        shown = "is missing" if value is MISSING else f"is {kind(value)}"
        self.problem(name, shown, f"give {wanted}")
        return stand_in


def is_whole(value: Any, low: int, high: int) -> bool:
    """Whether `value` is a whole number from `low` to `high`; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def is_range(value: Any) -> bool:
    """Whether `value` is "first-last", a network or an address of IPv4."""
    try:
        first, _, last = value.partition("-")
        if last:
            return ipaddress.IPv4Address(first) <= ipaddress.IPv4Address(last)
        ipaddress.IPv4Network(value)
    except (ValueError, AttributeError):
        return False
    return True


def kind(value: Any) -> str:
    """What a decoded JSON value is, for people; numbers are shown, texts are not."""
    if value is None or isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if isinstance(value, str):
        return "another text" if value else "empty"
    return "a list" if isinstance(value, (list, tuple)) else "an object"
