"""Faults of the system and damaged content are told apart, whatever library reports them."""

import errno
import os
import signal
import subprocess
import zipfile

import numpy as np
import pytest

from umbra.errors import Damaged, InputError
from umbra.faults import (
    check_program,
    described,
    plain_reason,
    system_fault,
    time_limit,
    unreadable,
)

PASSING = (
    "EACCES EPERM ESTALE EMFILE ENFILE EIO ENOLCK EAGAIN ENOMEM ETIMEDOUT EROFS ENOENT ENOTDIR"
    " ELOOP EISDIR ENOSPC EDQUOT EFBIG EINTR EBUSY ENXIO ENODEV EREMOTEIO EHOSTDOWN ENAMETOOLONG"
    " EUCLEAN ECOMM"
).split()


@pytest.mark.parametrize("name", PASSING)
def test_an_error_with_a_number_of_the_system_is_no_damage(name):
    number = getattr(errno, name)
    hidden = KeyError(f"Unable to open object (file read failed: errno = {number}, error message)")
    wrapped = ValueError("not readable")
    wrapped.__cause__ = OSError(number, os.strerror(number), "other")
    for error in (OSError(number, os.strerror(number)), hidden, wrapped):
        found = unreadable(error, "cutouts/3.hdf5", "damaged")
        assert type(found) is InputError
        assert str(found).startswith(f"cutouts/3.hdf5 cannot be read ({os.strerror(number)}); ")
        assert "fetch or make it again" not in str(found)


@pytest.mark.parametrize(
    "error",
    [
        OSError("Unable to synchronously open file (truncated file: eof = 3000)"),
        OSError(errno.EINVAL, "Invalid argument"),  # an offset that the file states
        KeyError("Unable to open object (bad object header version number)"),
        OSError("Empty or corrupt FITS file"),
        EOFError("No data left in file"),
        zipfile.BadZipFile("File is not a zip file"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    ],
)
def test_damaged_content_has_no_number_of_the_system(error):
    assert system_fault(error) is None
    assert isinstance(unreadable(error, "3.hdf5", "damaged"), Damaged)


def test_memory_that_is_short_is_a_fault_of_the_system():
    with pytest.raises(MemoryError) as caught:
        np.empty(1 << 60, dtype=np.uint8)
    assert described(caught.value).startswith("the data of the job cannot be held (Cannot allocate")


def test_an_error_that_was_dealt_with_is_not_the_cause():
    with pytest.raises(ValueError) as caught:
        try:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        except FileNotFoundError:
            raise ValueError("wrong number") from None
    assert system_fault(caught.value) is None


def test_a_reason_is_one_line_without_the_words_around_it():
    hdf5 = KeyError("Unable to synchronously open object (bad\n heap)")
    assert plain_reason(hdf5) == "bad heap"
    assert plain_reason(KeyError("('R7', 1) not found")) == "('R7', 1) not found"


@pytest.mark.parametrize(
    ("status", "text", "reason"),
    [
        (-signal.SIGKILL, "", r"ended from outside \(Killed\)"),
        (-signal.SIGTERM, "Fitting ring 3", r"ended from outside \(Terminated\)"),
        (-signal.SIGABRT, "terminate called: std::bad_alloc", "Cannot allocate memory"),
        (1, "cannot open cube.fits: Permission denied", "Permission denied"),
        (3, "OSError: [Errno 116] Stale file handle", "Stale file handle"),
    ],
)
def test_a_program_that_the_system_ended_is_no_rejection(status, text, reason):
    with pytest.raises(InputError, match=reason):
        check_program("3DBAROLO", status=status, text=text)


def test_a_program_that_was_held_up_is_no_rejection():
    with pytest.raises(InputError, match=r"sleep got 0\.0 s of the CPU in 1 s"):
        with time_limit("sleep"):
            subprocess.run(["sleep", "60"], timeout=1, check=False)


def test_a_program_that_fails_on_its_data_is_left_to_its_caller():
    for status in (1, -signal.SIGSEGV, -signal.SIGABRT):
        check_program("3DBAROLO", status=status, text="MASKING error")
