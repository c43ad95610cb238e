"""Files that appear whole or not at all, and the marker of a rejected galaxy."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

REJECTED = "rejected: "


@contextmanager
def atomic(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary name beside `path`; rename it on success, remove it on failure.

    Parameters
    ----------
    path : path-like
        The file to appear. Its folder is made if it is missing.

    Yields
    ------
    pathlib.Path
        Where to write. It keeps the suffix of `path`, which some libraries look at.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


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
