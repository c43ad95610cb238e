"""Fixtures shared by all tests."""

from pathlib import Path

import pytest

import failing_calls
from browser import Browser, NotInstalled

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of the soak."""
    parser.addoption(
        "--soak", type=int, default=0, help="whole runs to kill at random moments (test_soak.py)"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the rounds of the soak their numbers, of which their random numbers follow."""
    if "soak_round" in metafunc.fixturenames:
        metafunc.parametrize("soak_round", range(metafunc.config.getoption("soak")))


def _folder(name: str) -> Path:
    path = SHARED / name
    if not path.is_dir():
        pytest.skip(
            f"real data are not here: no folder {name} in {SHARED.name}/ beside the checkout"
        )
    return path


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real data sets, or skip the test."""
    return _folder("data")


@pytest.fixture(scope="session")
def shared_reference() -> Path:
    """Return the folder of reference results, or skip the test."""
    return _folder("reference")


@pytest.fixture(scope="session")
def failing_library(tmp_path_factory) -> Path:
    """Return the library with which calls of the system fail, or skip the test."""
    return failing_calls.library(tmp_path_factory.mktemp("failing_calls"))


@pytest.fixture(scope="module")
def browser():
    """Yield a browser, or skip the test where it is not installed."""
    try:
        started = Browser()
    except NotInstalled as error:
        pytest.skip(f"pages cannot be opened: {error}")
    with started:
        yield started
