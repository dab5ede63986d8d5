"""The configuration lines that the emulated Cisco IOS knows: what opens a section, what stands alone, what replaces."""

from __future__ import annotations

import re


def pattern(text):
    """One pattern of the alternatives, one or more a line, that are set apart by two spaces."""
    return re.compile("(?:" + "|".join(re.split(r"\s{2,}", text.strip())) + r")(?![^ ])")


SECTIONS = re.compile(
    pattern(r"""
    interface \S+  vpdn-group \S+  l2tp-class \S+  pseudowire-class \S+  bba-group \S+ \S+  archive
    crypto ikev2 (?:proposal|policy|keyring|profile) \S+  crypto isakmp (?:policy|profile) \S+  crypto keyring \S+
    crypto ipsec transform-set .+  crypto dynamic-map \S+ \d+  crypto map \S+ \d+ ipsec-isakmp
    ip access-list \S+ \S+  aaa attribute list \S+  peer [^ ]+  (?:accept|request)-(?:dialin|dialout)
    """).pattern
)

LEAVES = re.compile(
    pattern("""
    aaa  ac  access-list  address  attribute  authen  authentication  cookie  crypto  description  digest
    domain  dpd  duplex  encapsulation  encryption  fqdn  group  hash  hello  hidden
    hostname  identity  initiate-to  integrity  ip  keepalive  keyring  l2tp  lifetime  local
    lcp  logging  match  mode  mtu  ntp  password  path  peer  permit
    ppp  pppoe  pre-shared-key  prf  proposal  protocol  pseudowire  receive-window  retransmit  self-identity
    sequencing  service  set  shutdown  source-ip  terminate-from  timeout  tunnel  username  virtual-template  vpdn
    """).pattern
    + "(?: .*)?"
)

# Of these there is one in a section: another value takes the place of the old one. Each other line is its own.
SINGLE = pattern(r"""
    ac name  authentication (?:local|remote)  description  dpd  encapsulation  encryption  group  hash  hello  hostname
    identity local  integrity  ip (?:address|mtu|tcp adjust-mss|unnumbered|local interface)  keyring local
    l2tp tunnel (?:hello|password)  lifetime  local name  mode  mtu  password  path  ppp authentication
    ppp chap (?:hostname|password)  ppp pap sent-username  prf  protocol  pseudowire  set transform-set
    set (?:ikev2|isakmp)-profile  source-ip  terminate-from  username \S+ password  virtual-template
""")

# What leads out of a section to the top when it is typed there.
TOP = re.compile(
    r"(?:interface|vpdn-group|l2tp-class|pseudowire-class|crypto \S+ \S+ .+|ip (?:route|local pool)|archive)\b.*"
)
