"""What the tests of either lab know of xl2tpd."""

# A command that succeeds once it takes commands: its pipe is there a moment before it reads from it.
LISTENS = "ls -l /proc/$(pgrep -ox xl2tpd)/fd | grep -q l2tp-control"
