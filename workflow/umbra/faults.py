"""Faults of the system, told apart from damaged content, with a remedy for each.

A missing permission, a full disk, a lock that is not granted, too many open files or a file server
that does not answer say nothing about the content of a file. The job fails with the system's own
reason, so that it can be tried again, and no galaxy is rejected.
"""

import errno
import os
import re
from dataclasses import dataclass

from umbra.errors import Damaged, InputError

# Damaged content causes these too, for example when a file states an offset below 0.
_OF_CONTENT = {0, errno.EINVAL, errno.EFAULT, errno.EOVERFLOW}
# Only writing ends with these, so that the file needs no name in the error.
OF_WRITING = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}

_ROOM = "make room on its disk and run again"
_PERMISSION = "change the permissions of the file and its folder and run again"
_OPEN_FILES = "raise the limit of open files (ulimit -n) and run again"
_LOCKS = "set HDF5_USE_FILE_LOCKING=FALSE in the environment and run again"
_MEMORY = "give the job more memory or run fewer jobs at the same time, and run again"
_FOLDER = "make its folder, in whose place no file or broken link may be, and run again"
_SERVICE = "this is a fault of the disk or its server: run again, and tell who looks after it"
_REMEDIES = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: "raise the limit of the size of files (ulimit -f) and run again",
    errno.EROFS: "give a folder that can be written and run again",
    errno.EACCES: _PERMISSION,
    errno.EPERM: _PERMISSION,
    errno.EMFILE: _OPEN_FILES,
    errno.ENFILE: _OPEN_FILES,
    errno.ENOLCK: _LOCKS,
    errno.ENOMEM: _MEMORY,
    errno.ENOENT: "make or fetch it and run again",
    errno.ENOTDIR: _FOLDER,
    errno.EEXIST: _FOLDER,
    errno.ELOOP: _FOLDER,
    errno.EISDIR: "remove the folder that stands in its place and run again",
    errno.ENAMETOOLONG: "give a shorter path and run again",
    errno.EAGAIN: "run again",
    errno.EINTR: "run again",
    errno.EBUSY: "run again",
    errno.EIO: _SERVICE,
    errno.ESTALE: _SERVICE,
    errno.ETIMEDOUT: _SERVICE,
    errno.EREMOTEIO: _SERVICE,
    errno.ENODEV: _SERVICE,
    errno.ENXIO: _SERVICE,
    errno.EHOSTDOWN: _SERVICE,
    errno.ENOTCONN: _SERVICE,
}
KNOWN = frozenset(_REMEDIES)
# What libraries and programs print in place of a number. The first two are of astropy and numpy.
# HDF5's "memory allocation failed" is not among them: it is that of a damaged file's sizes too.
_WORDS = {
    "Not enough space on disk": errno.ENOSPC,
    "[0-9] requested and [0-9]+ written": errno.ENOSPC,
    "Unable to allocate|MemoryError|bad_alloc|[Oo]ut of memory": errno.ENOMEM,
    **{re.escape(os.strerror(number)): number for number in _REMEDIES},
}
_NUMBER = re.compile(r"errno = (\d+)|\[Errno (\d+)\]")  # HDF5, Python


@dataclass(frozen=True)
class Fault:
    """A fault of the system.

    Parameters
    ----------
    number : int
        The system's number, of the module `errno`.
    filename : str or None
        The file that the system names.
    locked : bool
        Whether a lock was asked for.
    """

    number: int
    filename: str | None = None
    locked: bool = False

    def sentence(self, where: str | os.PathLike, cannot: str) -> str:
        """Return a sentence: `where` cannot be read or written, with the reason and a remedy."""
        remedy = _REMEDIES.get(self.number, _SERVICE)
        if self.locked:
            remedy = _LOCKS
        elif self.number == errno.ENOENT and cannot == "written":
            remedy = _FOLDER
        return f"{where} cannot be {cannot} ({os.strerror(self.number)}); {remedy}."


def system_fault(error: BaseException | None) -> Fault | None:
    """Return the fault of the system that caused an exception, or None if there is none.

    Libraries hide the system's number in their text, or in the exception that theirs comes from.
    """
    while error is not None:
        if isinstance(error, MemoryError):
            return Fault(errno.ENOMEM)
        if isinstance(error, OSError) and error.errno:
            if error.errno not in _OF_CONTENT:
                return Fault(error.errno, error.filename, "lock file" in str(error))
        elif found := fault_in_text(str(error)):
            return found
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return None


def fault_in_text(text: str) -> Fault | None:
    """Return the fault of the system that a text names, or None if it names none.

    Numbers that damaged content causes too are left out.
    """
    numbers = [int(found[1] or found[2]) for found in _NUMBER.finditer(text)]
    numbers += [number for words, number in _WORDS.items() if re.search(words, text)]
    number = next((number for number in numbers if number not in _OF_CONTENT), None)
    return Fault(number, locked="lock file" in text) if number else None


def unreadable(error: Exception, path: str | os.PathLike, damaged: str) -> InputError:
    """Return the error to raise in place of one that came while a file was read.

    Parameters
    ----------
    error : Exception
        What was raised.
    path : Path
        The file.
    damaged : str
        The sentence if its content is damaged.

    Returns
    -------
    InputError
        `Damaged`, unless a fault of the system was the cause.
    """
    fault = system_fault(error)
    return InputError(fault.sentence(path, "read")) if fault else Damaged(damaged)


def described(error: Exception) -> str | None:
    """Return the sentence about a fault of the system that no reader expected, or None."""
    fault = system_fault(error)
    if fault is None:
        return None
    if fault.number == errno.ENOMEM:
        return fault.sentence("the data of the job", "held")
    where = fault.filename or ", ".join([*getattr(error, "__notes__", ())[:1], "a file"])
    return fault.sentence(where, "written" if fault.number in OF_WRITING else "read or written")


def plain_reason(error: Exception) -> str:
    """Return the text of an error in one line, of HDF5's only the part that says what is wrong."""
    text = error.args[0] if isinstance(error, KeyError) and error.args else error
    text = " ".join(str(text).split())
    _, found, rest = text.partition("(")
    return rest.split(")")[0] if found and text.startswith(("Unable to", "Can't")) else text
