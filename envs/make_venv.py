"""Make the virtual environment, or say in one sentence why this Python cannot (any Python 3)."""

import subprocess
import sys

OLDEST, NEWEST = (3, 11), (3, 13)  # what the locked packages exist for

if not OLDEST <= sys.version_info[:2] <= NEWEST:
    sys.exit(
        "umbra: the locked packages need Python {}.{} to {}.{}, and this is {}.{} ({}); name"
        " another, as in `make PYTHON=python3.11 figures`.".format(
            *OLDEST, *NEWEST, *sys.version_info[:2], sys.executable
        )
    )
sys.exit(subprocess.call([sys.executable, "-m", "venv", "--clear", sys.argv[1]]))
