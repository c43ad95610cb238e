"""Files that appear whole or not at all, and the marker of a rejected galaxy."""

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
# A part that another machine began may be written still; nothing is written for so long.
_ABANDONED_S = 86400
_LEAST_ROOM = 1_000_000  # bytes
_FULL = (errno.ENOSPC, errno.EDQUOT)
# HDF5 quotes the system; astropy and numpy (of "5 requested and 3 written") have their own words.
_WORDS = {os.strerror(number): os.strerror(number) for number in _FULL} | dict.fromkeys(
    ("Not enough space on disk", "requested and"), os.strerror(errno.ENOSPC)
)


@contextmanager
def atomic(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary name beside `path`; rename it on success, remove it on failure.

    What killed jobs left of the same file is removed.

    Parameters
    ----------
    path : path-like
        The file to appear. Its folder is made if it is missing.

    Yields
    ------
    pathlib.Path
        Where to write. It keeps the suffix of `path`, which some libraries look at.

    Raises
    ------
    InputError
        If the disk, or the user's share of it, is full.
    """
    path = Path(path)
    temporary = _part(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_left_overs(path)
        yield temporary
        os.replace(temporary, path)
    except InputError:
        raise  # it has its sentence
    except Exception as error:
        if reason := full_disk(error):
            raise InputError(
                f"{path} cannot be written ({reason}); make room on its disk and run again."
            ) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def scratch(path: str | os.PathLike) -> Iterator[Path]:
    """Yield an empty folder beside `path`, which is removed in the end.

    What killed jobs left of such folders is removed.
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


def _part(path: Path) -> Path:
    """Return a name beside `path` that says whose it is."""
    me = f"{os.uname().nodename}-{os.getpid()}"
    return path.with_name(f".{path.stem}.{me}.part{path.suffix}")


def full_disk(error: BaseException | None) -> str | None:
    """Return what the system says of a full disk if that is behind an error, else None."""
    while error is not None:
        if getattr(error, "errno", None) in _FULL:
            return os.strerror(error.errno)
        for words, reason in _WORDS.items():
            if isinstance(error, OSError | RuntimeError) and words in str(error):
                return reason
        error = error.__cause__ or error.__context__
    return None


def check_room(folder: str | os.PathLike) -> None:
    """Raise InputError if the disk of a folder has no room for Snakemake's own records."""
    disk = os.statvfs(folder)
    free = disk.f_bavail * disk.f_frsize
    if disk.f_blocks and free < _LEAST_ROOM:  # some file systems tell no size
        raise InputError(
            f"The disk of {Path(folder).absolute()} is full: it has {free / 1e6:.1f} MB left, too "
            "little for Snakemake's own records; make room and run again."
        )


def _remove_left_overs(path: Path) -> None:
    """Remove the temporary files and folders of `path` whose processes are gone."""
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
    if process == os.getpid():  # of an earlier process of the same number
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # it runs, as somebody else
        pass
    return False


def link_into(*, paths: Iterable[Path], folder: Path) -> None:
    """Put files into a folder under their own names, without a copy where the disk allows it.

    Parameters
    ----------
    paths : iterable of path
        Files; they may be deleted afterwards.
    folder : path
        Made if it is missing.
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
    """Write the marker ``rejected: reason`` in place of a galaxy's output."""
    with atomic(path) as temporary:
        temporary.write_text(f"{REJECTED}{reason}\n")


def rejection(path: str | os.PathLike) -> str | None:
    """Return why a galaxy was rejected if `path` is a marker, else None."""
    with open(path, "rb") as file:
        if file.read(len(REJECTED)) != REJECTED.encode():
            return None
        return file.readline().decode().strip()
