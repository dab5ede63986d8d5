"""Stand-in for the bootstrap script of pip that ansible-test would download from a server of its own.

It takes the same arguments (options and requirements of `pip install`), installs the interpreter's own pip and lets
that one fetch what was asked for from the configured package index.
"""

import ensurepip
import os
import runpy
import sys
from pathlib import Path

SYSTEM_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
BOOTSTRAP_ONLY = {"--no-setuptools", "--no-wheel"}  # options of the real script that `pip install` does not know


def main() -> None:
    """Install what the command line names."""
    ensurepip.bootstrap()
    if Path(SYSTEM_CERTIFICATES).exists():  # the bundled pip brings a list of its own
        os.environ.setdefault("PIP_CERT", SYSTEM_CERTIFICATES)
    sys.argv[1:] = ["install", "--upgrade", *(a for a in sys.argv[1:] if a not in BOOTSTRAP_ONLY)]
    sys.argv[0] = "pip"
    runpy.run_module("pip", run_name="__main__")


main()
