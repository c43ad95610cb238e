"""Files that are written completely or not at all, and the marker of a rejected galaxy."""

import errno
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from umbra.errors import InputError

REJECTED = "rejected: "
# Another machine may still be writing a temporary file that is younger than this.
_ABANDONED_S = 86400
_LEAST_ROOM = 1_000_000  # bytes
_FULL = (errno.ENOSPC, errno.EDQUOT)
# Messages about a full disk: HDF5 quotes the system's, astropy and numpy ("5 requested and 3
# written") have their own.
_WORDS = {os.strerror(number): os.strerror(number) for number in _FULL} | dict.fromkeys(
    ("Not enough space on disk", "requested and"), os.strerror(errno.ENOSPC)
)


@contextmanager
def atomic(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary name beside `path`; rename the file on success, remove it on failure.

    Temporary files that killed jobs left for the same path are removed.

    Parameters
    ----------
    path : str or path-like
        The final name of the file. Its folder is made if it is missing.

    Yields
    ------
    Path
        The name to write to. It has the suffix of `path`, because some libraries depend on it.

    Raises
    ------
    InputError
        If the disk or the user's quota is full.
    """
    path = Path(path)
    temporary = _part(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_left_overs(path)
        yield temporary
        os.replace(temporary, path)
    except InputError:
        raise  # its message is complete
    except Exception as error:
        if reason := full_disk(error):
            raise InputError(
                f"{_located(path)} cannot be written ({reason}); make room on its disk and run "
                "again."
            ) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def scratch(path: str | os.PathLike) -> Iterator[Path]:
    """Yield an empty folder beside `path`, and remove it in the end.

    Folders that killed jobs left for the same path are removed.

    Parameters
    ----------
    path : str or path-like
        The temporary name is made from this name. Its folder is made if it is missing.

    Yields
    ------
    Path
        The temporary folder.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_left_overs(path)
    folder = _part(path)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _located(path: Path) -> str:
    """Return a path for a sentence, with the real one if a link leads to another folder."""
    folder = Path(os.path.abspath(path.parent))
    real = folder.resolve()
    return str(path) if real == folder else f"{path} (that is {real / path.name})"


def _part(path: Path) -> Path:
    """Return a temporary name beside `path` that contains the machine and the process."""
    me = f"{os.uname().nodename}-{os.getpid()}"
    return path.with_name(f".{path.stem}.{me}.part{path.suffix}")


def full_disk(error: BaseException | None) -> str | None:
    """Return the system's message if a full disk caused an error, else None."""
    while error is not None:
        if getattr(error, "errno", None) in _FULL:
            return os.strerror(error.errno)
        for words, reason in _WORDS.items():
            if isinstance(error, OSError | RuntimeError) and words in str(error):
                return reason
        error = error.__cause__ or error.__context__
    return None


def check_room(folder: str | os.PathLike) -> None:
    """Raise InputError if the disk of a folder is too full for Snakemake's own records."""
    disk = os.statvfs(folder)
    free = disk.f_bavail * disk.f_frsize
    if disk.f_blocks and free < _LEAST_ROOM:  # some file systems report no size
        raise InputError(
            f"The disk of {Path(folder).absolute()} is full: it has {free / 1e6:.1f} MB left, too "
            "little for Snakemake's own records; make room and run again."
        )


def _remove_left_overs(path: Path) -> None:
    """Remove the temporary files and folders of `path` whose processes have ended."""
    of_path = re.compile(rf"\.{re.escape(path.stem)}\.(.+)-(\d+)\.part{re.escape(path.suffix)}")
    with os.scandir(path.parent) as entries:
        for entry in entries:
            if found := of_path.fullmatch(entry.name):
                with suppress(FileNotFoundError):
                    if _abandoned(entry, host=found[1], process=int(found[2])):
                        (shutil.rmtree if entry.is_dir() else os.unlink)(entry.path)


def _abandoned(entry: os.DirEntry, *, host: str, process: int) -> bool:
    if host != os.uname().nodename:
        return time.time() - entry.stat().st_mtime > _ABANDONED_S
    if process == os.getpid():  # an earlier process had the same number
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # another user's process is running
        pass
    return False


def link_into(*, paths: Iterable[Path], folder: Path) -> None:
    """Put files into a folder under their own names, as hard links if the disk allows it.

    Parameters
    ----------
    paths : iterable of Path
        The files. They may be deleted afterwards.
    folder : Path
        The folder, which is made if it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in paths:
        target = folder / path.name
        target.unlink(missing_ok=True)
        try:
            os.link(path, target)
        except OSError:  # a file system without hard links
            shutil.copyfile(path, target)


def write_rejection(path: str | os.PathLike, reason: str) -> None:
    """Write the marker of a rejected galaxy, ``rejected: reason``, in place of its output."""
    with atomic(path) as temporary:
        temporary.write_text(f"{REJECTED}{reason}\n")


def rejection(path: str | os.PathLike) -> str | None:
    """Return the reason if `path` is the marker of a rejected galaxy, else None."""
    with open(path, "rb") as file:
        if file.read(len(REJECTED)) != REJECTED.encode():
            return None
        return file.readline().decode().strip()
