"""`python -m branchline` and the zipapp's entry."""

from __future__ import annotations

import sys

from branchline.cli import main

if __name__ == "__main__":
    sys.exit(main())
