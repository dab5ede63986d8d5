"""A device with the command line of RouterOS: menus of items, add/set/remove, backups and a scheduler."""

from __future__ import annotations

import copy
import re
import shlex

from .device import Device

MENUS = re.split(
    r"\s{2,}",
    """/interface l2tp-client  /interface l2tp-server  /interface l2tp-server server  /ip address
    /ip firewall filter  /ip firewall mangle  /ip ipsec identity  /ip ipsec peer
    /ip ipsec policy  /ip ipsec policy group  /ip ipsec profile  /ip ipsec proposal
    /ip pool  /ip route  /ppp aaa  /ppp profile
    /ppp secret  /system identity  /system scheduler""",
)
OTHERS = ("/system backup", "/system routerboard", "/system license")
STATEMENT = re.compile(
    r"(?P<menu>(?:/[a-z0-9 -]*?)?)\s*/?(?P<verb>export|add|set|remove|print|get|save|load)\b(?P<rest>.*)"
)
COUNT = re.compile(r":put \[:len \[(?P<menu>/[a-z ]+?) (?P<find>find .*)\]\]")
HIDDEN = ("/system scheduler",)
FIND = re.compile(r"\[\s*find(?P<where>[^\]]*)\]")
SETTINGS = ("/interface l2tp-server server", "/ppp aaa", "/system identity")  # menus of one thing, without items


class RouterOs(Device):
    """`config` maps a menu to its items, each a dictionary."""

    refusal = "failure: already have interface with such name"

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.backups = {}

    def factory(self):
        return {
            "/system identity": [{"name": self.name}],
            "/ip address": [{"address": "192.0.2.9/24", "interface": "ether1"}],
        }

    def prompt(self, session):
        return f"[admin@{self.name}] > "

    def execute(self, session, line):
        if line in ("quit", "/quit"):
            session.over = True
            return ""
        counted = COUNT.fullmatch(line)
        if counted:
            return str(len(self._chosen(counted["menu"], f"[{counted['find']}]")))
        menu, verb, rest = self._split(line)
        if menu is None:
            return f"bad command name {line.split()[0].lstrip('/')} (line 1 column 1)"
        return VERBS[verb](self, menu, rest) or ""

    def _split(self, line):
        found = STATEMENT.fullmatch(line)
        menu = " ".join(found["menu"].replace("/", " ").split()) if found else ""
        menu = f"/{menu}" if menu else ""
        if found and (menu in (*MENUS, *OTHERS) or found["verb"] == "export"):
            return menu, found["verb"], found["rest"].strip()
        return None, "", ""

    def _items(self, menu):
        return self.config.setdefault(menu, [])

    def _add(self, menu, rest):
        item = _values(FIND.sub("", rest))
        names = [known.get("name") for known in self._items(menu)]
        if item.get("name") in names and "name" in item:
            return "failure: already have such item"
        self._items(menu).append(item)
        if menu == "/system scheduler":
            self.arm(_seconds(item["interval"]) // 60, lambda: self._event(item))
        return ""

    def _event(self, item):
        found = re.search(r"backup load name=(\S+)", item["on-event"])
        if found:
            self.config = copy.deepcopy(self.backups[found[1].strip('"')])
        self.startup = copy.deepcopy(self.config)
        self.boots += 1
        self.log.append("(rolled back)")

    def _chosen(self, menu, rest):
        found = FIND.search(rest)
        if not found:
            return self._items(menu) if menu in SETTINGS else []
        where = re.sub(r"^\s*where\s+", "", found["where"])
        tests = [_test(word) for word in shlex.split(where) if word not in ("and", "where")]
        return [item for item in self._items(menu) if all(test(item) for test in tests)]

    def _set(self, menu, rest):
        if menu in SETTINGS and not self._items(menu):
            self._items(menu).append({})
        chosen = self._chosen(menu, rest)
        if not chosen and not FIND.search(rest):
            return "no such item"
        for item in chosen:
            item.update(_values(FIND.sub("", rest)))
        return ""

    def _remove(self, menu, rest):
        gone = self._chosen(menu, rest)
        self.config[menu] = [item for item in self._items(menu) if not any(item is one for one in gone)]
        if menu == "/system scheduler" and gone:
            self.disarm()
        return ""

    def _print(self, menu, rest):
        if menu in ("/system routerboard", "/system license"):
            return f"       routerboard: yes\n     serial-number: {self.serial}\n"
        rows = [" ".join(f"{key}={_quoted(value)}" for key, value in item.items()) for item in self._items(menu)]
        if "count-only" in rest:
            return str(len(self._chosen(menu, rest) if FIND.search(rest) else rows))
        return "\n".join(f" {number}   {row}" for number, row in enumerate(rows))

    def _export(self, menu, rest):
        lines = ["# jan/01/2026 00:00:00 by RouterOS 7.14", f"# serial number = {self.serial}", "#"]
        for name, items in self.config.items():
            if items and name not in HIDDEN and name.startswith(menu or "/"):
                verb = "set" if name in SETTINGS else "add"
                rows = [" ".join([verb, *(f"{k}={_quoted(v)}" for k, v in item.items())]) for item in items]
                lines += [f"{name} {row}" for row in rows] if "terse" in rest else [name, *rows]
        return "\n".join(lines)

    def _save(self, menu, rest):
        self.backups[_values(rest)["name"]] = copy.deepcopy(self.config)
        return "Configuration backup saved"


def _values(text):
    return dict(word.partition("=")[::2] for word in shlex.split(text) if "=" in word)


def _test(word):
    key, sign, value = re.fullmatch(r"([a-z0-9-]+)([=~])(.*)", word).groups()
    return lambda item: re.search(value, item.get(key, "")) is not None if sign == "~" else item.get(key) == value


def _quoted(value):
    return (
        value
        if re.fullmatch(r"[A-Za-z0-9./:,_@*-]+", value)
        else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    )


def _seconds(text):
    units = {"h": 3600, "m": 60, "s": 1}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([hms])", text))


VERBS = {
    "add": RouterOs._add,
    "set": RouterOs._set,
    "remove": RouterOs._remove,
    "print": RouterOs._print,
    "export": RouterOs._export,
    "save": RouterOs._save,
    "get": RouterOs._print,
    "load": RouterOs._print,
}
