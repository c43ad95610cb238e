"""Faults of the system and damaged content are told apart, whatever library reports them."""

import errno
import os
import zipfile

import numpy as np
import pytest

from umbra.errors import Damaged, InputError
from umbra.faults import (
    described,
    fault_in_text,
    plain_reason,
    system_fault,
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
        KeyError("Unable to open object (memory allocation failed for on disk image buffer)"),
        OSError("Unable to open file (file read failed: errno = 0, error message = 'Success')"),
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
    ("number", "remedy"),
    [
        (errno.EIO, "this is a fault of the disk"),
        (errno.ESTALE, "this is a fault of the disk"),
        (errno.EMFILE, "raise the limit of open files"),
        (errno.ENOENT, "make or fetch it"),
        (errno.EACCES, "change the permissions"),
    ],
)
def test_each_fault_has_a_remedy_of_its_own(number, remedy):
    sentence = described(OSError(number, os.strerror(number), "config.yaml"))
    assert f"config.yaml cannot be read or written ({os.strerror(number)}); {remedy}" in sentence


def test_a_number_of_content_in_a_text_hides_no_fault():
    assert fault_in_text("read failed: errno = 0, error message = 'Success'") is None
    text = "read failed: errno = 22; then [Errno 28] No space left on device"
    assert fault_in_text(text).number == errno.ENOSPC
