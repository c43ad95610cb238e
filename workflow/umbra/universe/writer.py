"""Write the universe as a TNG run: snapshot chunks, group catalogue, offsets.

Each group is drawn on its own, in parallel, into a file of its own. When all groups are drawn, the
sizes of all fields are known, and the chunks are copied together, a slice at a time.
"""

import logging
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from umbra.config.universe import UniverseSettings
from umbra.files import scratch
from umbra.hdf5 import create, open_file
from umbra.simulation.fields import PARTICLE_TYPES
from umbra.universe import group_catalogue, layout
from umbra.universe.fields import Fields
from umbra.universe.fuzz import make_fuzz
from umbra.universe.group import make_group
from umbra.universe.particle_types import DM_INDEX, WRITTEN_TYPES
from umbra.universe.plan import GroupPlan, plan_groups

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class GroupFile:
    """The file of one drawn group, or of the fuzz.

    Parameters
    ----------
    path : Path
        HDF5 file with the particles.
    lengths : ndarray, shape (6,)
        Number of particles of each type.
    group : dict or None
        Catalogue entry of the group; None for the fuzz.
    subhaloes : tuple of dict
        Catalogue entries of its subhaloes.
    """

    path: Path
    lengths: np.ndarray
    group: Fields | None
    subhaloes: tuple[Fields, ...] = ()


def write_universe(*, output: Path, seed: int, settings: UniverseSettings, threads: int) -> None:
    """Write a synthetic universe in the file format of TNG100-1, snapshot 99.

    Parameters
    ----------
    output : Path
        Folder in which ``output/`` (snapshot and catalogue) and ``postprocessing/`` appear.
    seed : int
        The run's seed. The files depend on it and on `settings`, and on nothing else.
    settings : UniverseSettings
        Number of galaxies that pass the selection (others are added), radius of the haloes, and
        number of files. With three files or more, one contains no particles.
    threads : int
        Number of processes that draw groups at the same time.
    """
    plans = plan_groups(seed=seed, galaxies=settings.galaxies, extent_kpc=settings.extent_kpc)
    with scratch(output / "groups") as folder:
        files = list(_draw(plans, folder, seed, settings.extent_kpc, threads))
        files.sort(key=lambda drawn: -drawn.group["GroupMass"])
        fuzz = make_fuzz(plans=plans, seed=seed, extent_kpc=settings.extent_kpc)
        path = folder / "fuzz.hdf5"
        lengths = _write_particles(path, [fuzz], len(plans))
        _write_files(output, [*files, GroupFile(path, lengths, None)], settings.chunks)


def _draw(
    plans: list[GroupPlan], folder: Path, seed: int, extent_kpc: float, threads: int
) -> Iterator[GroupFile]:
    """Draw every group and yield the files in the order of the plans."""
    work = partial(_draw_one, folder=folder, seed=seed, extent_kpc=extent_kpc)
    progress = partial(tqdm, total=len(plans), desc="groups", unit="group", disable=None)
    if threads == 1:
        yield from progress(map(work, plans))
        return
    # A spawned process would import, and so run, the calling script once more.
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(max_workers=threads, mp_context=context) as pool:
        yield from progress(pool.map(work, plans))


def _draw_one(plan: GroupPlan, *, folder: Path, seed: int, extent_kpc: float) -> GroupFile:
    """Draw one group and write its particles."""
    # Each process draws a group of its own: further threads of BLAS would only wait, and add
    # numbers in another order.
    with threadpool_limits(limits=1, user_api="blas"):
        group = make_group(plan=plan, seed=seed, extent_kpc=extent_kpc)
        rows = [group_catalogue.subhalo_row(subhalo) for subhalo in group.subhaloes]
        group_row = group_catalogue.group_row(group)
    members = [subhalo.particles for subhalo in group.subhaloes] + [group.unbound]
    path = folder / f"group_{plan.index}.hdf5"
    lengths = _write_particles(path, members, plan.index)
    first = 0
    for row in rows:
        # The first dark-matter particle of a subhalo is at rest in its centre.
        row["SubhaloIDMostbound"] = _identifier(plan.index, DM_INDEX, first)
        first += row["SubhaloLenType"][DM_INDEX]
    return GroupFile(path, lengths, group_row, tuple(rows))


def _identifier(group: int, kind: int, row: int | np.ndarray) -> int | np.ndarray:
    """Return identifiers unique in the universe: group, type and row in separate bits."""
    return np.uint64(((group + 1) << 36) | (kind << 32)) + np.asarray(row, dtype=np.uint64)


def _write_particles(path: Path, members: list[dict[int, Fields]], index: int) -> np.ndarray:
    """Write the particles of one group, member after member; return the number of each type."""
    lengths = np.zeros(PARTICLE_TYPES, dtype=np.int64)
    with create(path) as file:
        for kind in WRITTEN_TYPES:
            pieces = [member[kind] for member in members if kind in member]
            lengths[kind] = sum(len(piece["Coordinates"]) for piece in pieces)
            if lengths[kind] == 0:
                continue
            for name in pieces[0]:
                file[f"PartType{kind}/{name}"] = np.concatenate([piece[name] for piece in pieces])
            rows = np.arange(lengths[kind])
            file[f"PartType{kind}/ParticleIDs"] = _identifier(index, kind, rows)
    return lengths


def _write_files(output: Path, files: list[GroupFile], chunks: int) -> None:
    """Write snapshot, catalogue and offsets from the files of the groups, in their order."""
    total = sum(drawn.lengths for drawn in files)
    starts = layout.snapshot_starts(total=total, chunks=chunks)
    snapshots = output / "output" / "snapdir_099"
    groups = output / "output" / "groups_099"
    for folder in (snapshots, groups):
        for stale in folder.glob("*_099.*.hdf5"):
            stale.unlink()
    for chunk in tqdm(range(chunks), desc="chunks", unit="chunk", disable=None):
        _write_chunk(snapshots / f"snap_099.{chunk}.hdf5", files, starts, chunk)
    tables = layout.catalogue_tables(files)
    ranges = layout.catalogue_starts(tables=tables, chunks=chunks)
    for chunk in range(chunks):
        layout.write_catalogue_chunk(
            path=groups / f"fof_subhalo_tab_099.{chunk}.hdf5",
            tables=tables,
            starts=ranges,
            chunk=chunk,
            chunks=chunks,
        )
    offsets = output / "postprocessing" / "offsets" / "offsets_099.hdf5"
    layout.write_offsets(path=offsets, files=files, starts=starts, ranges=ranges)
    logger.info("wrote %s: %s particles by type", output, total.tolist())


def _write_chunk(path: Path, files: list[GroupFile], starts: np.ndarray, chunk: int) -> None:
    """Copy the particles that belong to one chunk of the snapshot."""
    begin, end = starts[chunk], starts[chunk + 1]
    lengths = [drawn.lengths for drawn in files]
    offsets = np.cumsum([np.zeros(PARTICLE_TYPES, dtype=np.int64), *lengths], axis=0)
    with create(path) as file:
        layout.write_snapshot_header(
            file, this_file=end - begin, total=starts[-1], chunks=len(starts) - 1
        )
        for kind in WRITTEN_TYPES:
            for drawn, first, last in zip(
                files, offsets[:-1, kind], offsets[1:, kind], strict=True
            ):
                low, high = max(first, begin[kind]), min(last, end[kind])
                if low >= high:
                    continue
                with open_file(drawn.path) as source:
                    for name, values in source[f"PartType{kind}"].items():
                        target = f"PartType{kind}/{name}"
                        if target not in file:
                            shape = (end[kind] - begin[kind], *values.shape[1:])
                            options = layout.storage(name, shape)
                            file.create_dataset(target, shape, dtype=values.dtype, **options)
                        place = slice(low - begin[kind], high - begin[kind])
                        file[target][place] = values[low - first : high - first]
