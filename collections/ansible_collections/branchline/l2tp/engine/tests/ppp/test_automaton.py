"""RFC 1661 4.1: the grid against an independent transcription, in the two halves that the RFC prints."""

from __future__ import annotations

import itertools

import pytest

from branchline.ppp import automaton

LEFT = """
 Up   |    2     irc,scr/6     -         -         -         -
 Down |    -         -         0       tls/1       0         1
 Open |  tls/1       1     irc,scr/6     3r        5r        5r
 Close|    0       tlf/0       2         2         4         4
  TO+ |    -         -         -         -       str/4     str/5
  TO- |    -         -         -         -       tlf/2     tlf/3
 RCR+ |    -         -       sta/2 irc,scr,sca/8   4         5
 RCR- |    -         -       sta/2 irc,scr,scn/6   4         5
 RCA  |    -         -       sta/2     sta/3       4         5
 RCN  |    -         -       sta/2     sta/3       4         5
 RTR  |    -         -       sta/2     sta/3     sta/4     sta/5
 RTA  |    -         -         2         3       tlf/2     tlf/3
 RUC  |    -         -       scj/2     scj/3     scj/4     scj/5
 RXJ+ |    -         -         2         3         4         5
 RXJ- |    -         -       tlf/2     tlf/3     tlf/2     tlf/3
 RXR  |    -         -         2         3         4         5
"""

RIGHT = """
 Up   |    -         -         -           -
 Down |    1         1         1         tld/1
 Open |    6         7         8           9r
 Close|irc,str/4 irc,str/4 irc,str/4 tld,irc,str/4
  TO+ |  scr/6     scr/6     scr/8         -
  TO- |  tlf/3p    tlf/3p    tlf/3p        -
 RCR+ |  sca/8   sca,tlu/9   sca/8   tld,scr,sca/8
 RCR- |  scn/6     scn/7     scn/6   tld,scr,scn/6
 RCA  |  irc/7     scr/6x  irc,tlu/9   tld,scr/6x
 RCN  |irc,scr/6   scr/6x  irc,scr/8   tld,scr/6x
 RTR  |  sta/6     sta/6     sta/6   tld,zrc,sta/5
 RTA  |    6         6         8       tld,scr/6
 RUC  |  scj/6     scj/7     scj/8       scj/9
 RXJ+ |    6         6         8           9
 RXJ- |  tlf/3     tlf/3     tlf/3   tld,irc,str/5
 RXR  |    6         7         8         ser/9
"""

EVENTS = {line.partition("|")[0].strip() for line in LEFT.strip().splitlines()}


def transcribed():
    for first, half in ((0, LEFT), (6, RIGHT)):
        for line in half.strip("\n").splitlines():
            event, _, row = line.partition("|")
            for state, cell in enumerate(row.split(), first):
                yield state, event.strip(), cell


CELLS = list(transcribed())


@pytest.mark.parametrize(("state", "event", "cell"), CELLS)
def test_cell(state, event, cell):
    if cell == "-":
        assert (state, event) not in automaton.STEPS
        return
    actions, slash, after = cell.strip("rpx").rpartition("/")
    assert automaton.STEPS[state, event] == (tuple(actions.split(",")) if slash else (), int(after))


def test_every_pair_is_transcribed():
    assert sorted((state, event) for state, event, _ in CELLS) == sorted(itertools.product(range(10), EVENTS))


def test_the_restart_timer_runs_where_a_timeout_can_happen():
    """RFC 1661 4.2: "The Restart timer is running" in exactly the states that know TO."""
    assert {state for state, event in automaton.STEPS if event == "TO+"} == automaton.TIMED
