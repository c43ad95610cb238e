"""The chunk files of a snapshot: find them, read their headers and check their fields."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import h5py

from umbra.errors import Damaged, InputError
from umbra.hdf5 import find, find_dataset, open_file, reading
from umbra.simulation.fields import FIELDS, fields_of, type_number
from umbra.simulation.header import Header, read_header
from umbra.simulation.numbers import wrong_type

logger = logging.getLogger(__name__)

# The snapshots of the TNG runs that have every field; the other 80 are "mini".
FULL_SNAPSHOTS = (2, 3, 4, 6, 8, 11, 13, 17, 21, 25, 33, 40, 50, 59, 67, 72, 78, 84, 91, 99)


@dataclass(frozen=True)
class Chunk:
    """An open chunk file."""

    path: Path
    number: int
    file: h5py.File
    header: Header

    def count(self, particle_type: str) -> int:
        """Return how many particles of a type the chunk holds."""
        return self.header.particles_this_file[type_number(particle_type)]

    def field(self, particle_type: str, name: str) -> h5py.Dataset:
        """Return a field of a type."""
        return find_dataset(self.file, self.path, f"{particle_type}/{name}")


def chunk_paths(*, path: Path, snapshot: int, allow_missing: bool) -> list[Path]:
    """Find the chunk files of a snapshot, in the order of their numbers.

    Parameters
    ----------
    path : Path
        A TNG `output` folder (``snapdir_099/snap_099.{i}.hdf5``), or a folder in which AREPO has
        written ``snap_2332.{i}.hdf5``.
    snapshot : int
        Number of the snapshot.
    allow_missing : bool
        Log a warning for missing chunks, in place of an error.

    Returns
    -------
    list of Path

    Raises
    ------
    InputError
        If there is no such snapshot, or a chunk is missing.
    """
    found = _numbered_chunks(Path(path), snapshot)
    if not found:
        raise InputError(
            f"simulation.path {path} holds no snapshot {snapshot} (neither "
            f"snapdir_{snapshot:03d}/snap_{snapshot:03d}.0.hdf5 nor snap_{snapshot:03d}.0.hdf5 and "
            "so on); set it to the run's `output` folder, and simulation.snapshot to the number."
        )
    first = found[min(found)]
    with open_file(first) as file:
        files = read_header(file, first).files
    surplus = sorted(set(found) - set(range(files)))
    if surplus:
        raise InputError(
            f"{found[surplus[0]]} is one chunk too many: Header/NumFilesPerSnapshot of "
            f"{first.name} is {files}; move files of other runs away."
        )
    missing = sorted(set(range(files)) - set(found))
    if missing:
        _report_missing(first, missing=missing, files=files, allow_missing=allow_missing)
    return [found[number] for number in sorted(found)]


def read_snapshot_header(*, path: Path, snapshot: int) -> Header:
    """Return the header of the first chunk that exists, once all chunks agree with it.

    So a chunk of another run is found before hours are spent on the others.

    Raises
    ------
    InputError
        If chunks are of two runs or epochs, one is damaged, or as in `chunk_paths`.
    """
    first = None
    for chunk in chunk_paths(path=path, snapshot=snapshot, allow_missing=True):
        with open_file(chunk) as file, reading(chunk):
            header = read_header(file, chunk)
        first = first or header
        header.run.check_same(first.run)
    return first


def find_snapshot_header(*, path: Path, snapshot: int) -> Header | None:
    """Return the same as `read_snapshot_header`, or None if there is no snapshot."""
    if not _numbered_chunks(Path(path), snapshot):
        return None
    return read_snapshot_header(path=path, snapshot=snapshot)


@contextmanager
def open_chunk(path: Path) -> Iterator[Chunk]:
    """Open a chunk and check that every field is there and as long as the header says.

    Raises
    ------
    Damaged
        If a field is missing or a count disagrees.
    InputError
        As in `open_file`.
    """
    path = Path(path)
    with open_file(path) as file:
        with reading(path):
            header = read_header(file, path)
            check_fields(file, path, header)
        yield Chunk(path=path, number=chunk_number(path), file=file, header=header)


def check_recorded(chunks: list[Path]) -> None:
    """Check, before a chunk is streamed, that a snapshot has all particle types and their fields.

    Chunks are opened until particles of each type have been found; usually one chunk is enough.

    Parameters
    ----------
    chunks : list of Path

    Raises
    ------
    InputError
        If there are no particles of a type, as in a run of dark matter only, or if fields are
        missing, as in TNG's mini snapshots; the sentence names all of them.
    """
    seen: set[str] = set()
    for path in chunks:
        with open_chunk(path) as chunk:
            header = chunk.header
        lacking = [name for name in FIELDS if not header.particles_total[type_number(name)]]
        if lacking:
            raise InputError(
                f"{path}: Header/NumPart_Total counts no {' and no '.join(lacking)}, but without"
                " gas (PartType0), dark matter (PartType1) and stars (PartType4) there is nothing"
                " to observe: set simulation.path to a run with all of them."
            )
        seen |= {name for name in FIELDS if header.particles_this_file[type_number(name)]}
        if seen == set(FIELDS):
            return


def check_fields(file: h5py.File, path: Path, header: Header) -> None:
    """Check that the fields of every particle type exist and have the right type, shape and length.

    Raises
    ------
    Damaged
        If fields are missing, all of them in one sentence, or one is of another type or length.
    """
    fields = [
        f"{particle_type}/{name}"
        for particle_type in FIELDS
        if header.particles_this_file[type_number(particle_type)]
        or len(find(file, path, particle_type) or ())
        for name in fields_of(particle_type, header.mass_table)
    ]
    missing = [name for name in fields if not isinstance(find(file, path, name), h5py.Dataset)]
    if missing:
        raise Damaged(
            f"{path} has no field{'s' * (len(missing) > 1)} {', '.join(missing)}, which the "
            "workflow needs; use a full snapshot, not a mini one (TNG's full ones are "
            f"{', '.join(map(str, FULL_SNAPSHOTS))}), of a run that recorded them."
        )
    for name in fields:
        particle_type, _, field = name.partition("/")
        number = type_number(particle_type)
        if wrong := wrong_type(file[name], field):
            raise Damaged(f"{path}: {name} {wrong}; fetch or make the file again.")
        length, count = len(file[name]), header.particles_this_file[number]
        if length != count:
            raise Damaged(
                f"{path}: {name} has {length} rows but Header/NumPart_ThisFile[{number}] is "
                f"{count}; the file is incomplete or was changed, so fetch or make it again."
            )


def chunk_number(path: Path) -> int:
    """Return the number of a chunk file, 0 for a snapshot in a single file."""
    match = re.search(r"\.(\d+)\.hdf5$", Path(path).name)
    return int(match[1]) if match else 0


def _numbered_chunks(path: Path, snapshot: int) -> dict[int, Path]:
    """Return number -> file; no two files may have one number, but one may have two names."""
    pattern = re.compile(rf"snap(?:shot)?_{snapshot:03d}(?:\.\d+)?\.hdf5")
    folders = (path / f"snapdir_{snapshot:03d}", path)
    files = [
        file
        for folder in folders
        if folder.is_dir()
        for file in sorted(folder.iterdir())
        if pattern.fullmatch(file.name)
    ]
    found: dict[int, Path] = {}
    for file in files:
        other = found.setdefault(chunk_number(file), file)
        if not _is_same_file(other, file):
            raise InputError(
                f"{other} and {file} are both chunk {chunk_number(file)} of the snapshot; move the"
                " one that does not belong to it away."
            )
    return found


def _is_same_file(one: Path, other: Path) -> bool:
    """Return whether two names are of one file, such as a link and its target."""
    return one == other or (one.exists() and other.exists() and one.samefile(other))


def _report_missing(first: Path, *, missing: list[int], files: int, allow_missing: bool) -> None:
    names = ", ".join(re.sub(r"\.\d+\.hdf5$", f".{i}.hdf5", first.name) for i in missing[:10])
    more = f" and {len(missing) - 10} more" if len(missing) > 10 else ""
    if not allow_missing:
        raise InputError(
            f"{first.parent}: {len(missing)} of {files} chunks of the snapshot missing: {names}"
            f"{more}; fetch them, or set simulation.allow_missing_chunks to go on without their "
            "particles."
        )
    logger.warning(
        "%s: chunks missing: %s%s; galaxies there lack particles", first.parent, names, more
    )
