"""Files that are written completely or not at all, and the marker of a rejected galaxy."""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from umbra.errors import InputError
from umbra.faults import OF_WRITING, system_fault, unreadable

REJECTED = "rejected: "
# Another machine may still be writing a temporary file that is younger than this.
_ABANDONED_S = 86400
_LEAST_ROOM = 1_000_000  # bytes
# A temporary name in a text; the part in brackets is that of the final name.
_TEMPORARY = re.compile(
    rf"(?<![^\s/'\"(=:])\.([^/\n]+?)\.{re.escape(os.uname().nodename)}-\d+\.part"
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
        If the system does not let the file be written, for example because the disk is full. Other
        errors of the caller's are raised as they are.
    """
    path = Path(path)
    temporary = _part(path)
    _prepare_place(path)
    try:
        with _final_names(path, temporary):
            yield temporary
            os.replace(temporary, path)
    finally:
        with suppress(OSError):
            temporary.unlink()


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

    Raises
    ------
    InputError
        If the system does not let the folder be made, or a file in it be written.
    """
    path = Path(path)
    folder = _part(path)
    _prepare_place(path)
    try:
        with _final_names(path, folder):
            folder.mkdir()
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def atomic_folder(path: str | os.PathLike) -> Iterator[Path]:
    """Yield an empty folder beside `path`; give it that name on success, remove it on failure.

    A folder that is there under that name is replaced.

    Parameters
    ----------
    path : str or path-like
        The final name of the folder.

    Yields
    ------
    Path
        The temporary folder.

    Raises
    ------
    InputError
        As of `scratch`.
    """
    path = Path(path)
    with scratch(path) as folder:
        new, old = folder / "new", folder / "old"
        new.mkdir()
        yield new
        if path.exists():
            os.replace(path, old)
        os.replace(new, path)


def _located(path: Path) -> str:
    """Return a path for a sentence, with the real one if a link leads to another folder."""
    folder = Path(os.path.abspath(path.parent))
    real = folder.resolve()
    return str(path) if real == folder else f"{path} (that is {real / path.name})"


def _part(path: Path) -> Path:
    """Return a temporary name beside `path` that contains the machine and the process."""
    me = f"{os.uname().nodename}-{os.getpid()}"
    return path.with_name(f".{path.stem}.{me}.part{path.suffix}")


def without_temporary_names(text: str) -> str:
    """Return a text in which files have the names that they get in the end."""
    return _TEMPORARY.sub(r"\1", text)


def _prepare_place(path: Path) -> None:
    """Make the folder of a file, and remove what killed jobs left of the file."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_left_overs(path)
    except OSError as error:
        if fault := system_fault(error):
            raise InputError(fault.sentence(_located(path), "written")) from error
        raise


@contextmanager
def _final_names(path: Path, temporary: Path) -> Iterator[None]:
    """Raise an InputError about `path` in place of the system's errors about its temporary name."""
    try:
        yield
    except Exception as error:
        fault = None if isinstance(error, InputError) else system_fault(error)
        of_writing = fault and (
            (fault.filename is None and fault.number in OF_WRITING)
            or any(temporary.name in str(one) for one in _chain(error))
        )
        _rename_in(error)
        if of_writing:
            raise InputError(fault.sentence(_located(path), "written")) from error
        if fault:  # it may be of a plain write, which does not name its file
            error.add_note(f"while {path} was being written")
        raise


def _rename_in(error: BaseException) -> None:
    """Put final names in place of temporary ones into an exception and its causes."""
    for one in _chain(error):
        one.args = tuple(
            without_temporary_names(part) if isinstance(part, str) else part for part in one.args
        )
        for name in ("filename", "filename2", "strerror"):
            if isinstance(part := getattr(one, name, None), str | os.PathLike):
                setattr(one, name, without_temporary_names(os.fspath(part)))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def check_writable(folder: Path) -> None:
    """Raise InputError if the system does not let a file of a megabyte be written in a folder."""
    with atomic(folder / "room") as temporary:
        temporary.write_bytes(bytes(_LEAST_ROOM))


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
                with suppress(OSError):  # it does no harm
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
    return _is_zombie(process)


def _is_zombie(process: int) -> bool:
    """Return whether a process has ended and only its parent does not know yet, as Linux tells."""
    with suppress(OSError):
        status = Path(f"/proc/{process}/stat").read_bytes()
        return status.rpartition(b")")[2].split()[0] == b"Z"
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
        temporary.write_text(f"{REJECTED}{reason}\n", encoding="utf-8")


def rejection(path: str | os.PathLike) -> str | None:
    """Return the reason if `path` is the marker of a rejected galaxy, else None."""
    try:
        with open(path, "rb") as file:
            marked = file.read(len(REJECTED)) == REJECTED.encode()
            return file.readline().decode().strip() if marked else None
    except OSError as error:
        raise unreadable(error, path, f"{path} cannot be read; make it again.") from error


def cache_folder() -> Path:
    """Return the folder of what is kept between runs and can be made again."""
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "umbra"
    try:
        return Path.home() / ".cache" / "umbra"
    except RuntimeError:  # a user without a home
        return Path(tempfile.gettempdir(), f"umbra-{os.getuid()}")
