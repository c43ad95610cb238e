"""Fixtures shared by all tests, and the order of the files."""

import gc
import os
import sys
from pathlib import Path

import pytest

# Before NumPy is imported. There is a worker for each core, so threads would only wait.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import failing_calls
from browser import Browser, NotInstalled
from shared_files import shared_folder

# Looking for garbage takes a quarter of the time in which all libraries are imported.
gc.set_threshold(50_000, 20, 20)

REPOSITORY = Path(__file__).resolve().parents[1]
# Files start in this order, then the others: the longest first, so that no worker has one left when
# the others are done. The first makes the run that most integration tests read, the next need it
# late or not at all, and those that have to wait for it come after them.
FIRST = (
    "integration/test_rejections.py",
    "integration/test_slurm.py",
    "unit/networks/test_vectorised.py",
    "unit/classical/rotation_curve/light/test_profile.py",
    "unit/observed/test_rotation_curve.py",
    "integration/test_paper_scale.py",
    "unit/networks/test_training.py",
    "unit/test_surroundings.py",
    "unit/universe/test_population.py",
    "unit/observed/test_saving.py",
    "integration/test_interrupted.py",
    "integration/test_partial_reruns.py",
    "integration/test_api.py",
    "integration/test_full_disk.py",
    "integration/test_bad_input.py",
    "integration/test_jobs.py",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of the soak."""
    parser.addoption(
        "--soak", type=int, default=0, help="whole runs to kill at random moments (test_soak.py)"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the files of tests as named above."""
    first = {REPOSITORY / "tests" / name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: first.get(item.path, len(first)))


def pytest_collection_finish() -> None:
    """Give TensorFlow one thread, as jobs do; look for no garbage in what has been imported."""
    if "tensorflow" in sys.modules:
        from umbra.networks.backend import prepare_backend

        prepare_backend(threads=1)
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return a worker more than there are cores: planning and starting jobs leave one idle."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the rounds of the soak their numbers, of which their random numbers follow."""
    if "soak_round" in metafunc.fixturenames:
        metafunc.parametrize("soak_round", range(metafunc.config.getoption("soak")))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real data sets, or skip the test."""
    return shared_folder("data")


@pytest.fixture(scope="session")
def shared_reference() -> Path:
    """Return the folder of reference results, or skip the test."""
    return shared_folder("reference")


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
