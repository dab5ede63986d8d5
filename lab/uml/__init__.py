"""The user-mode kernel: a Linux with L2TP, PPP, ESP and AH that runs as a process, whatever this machine's kernel has.

`kernel` builds it from Debian's own sources, `boot` runs a command in it.
"""
