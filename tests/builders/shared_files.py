"""Real data and reference results beside the checkout, which no clone has."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"


def shared_folder(name: str) -> Path:
    """Return a folder of them, or skip the test."""
    path = SHARED / name
    if not path.is_dir():
        pytest.skip(
            f"real data are not here: no folder {name} in {SHARED.name}/ beside the checkout"
        )
    return path
