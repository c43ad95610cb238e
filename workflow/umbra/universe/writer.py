"""Write the universe as a TNG run: snapshot chunks, group catalogue, offsets.

Each group is drawn on its own, in parallel, and put on disk as a shard. When all are there the
sizes of everything are known, and the chunks are copied together, a slice at a time.
"""

import logging
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import h5py
import numpy as np
from tqdm import tqdm

from umbra.errors import InputError
from umbra.files import atomic, scratch
from umbra.universe import group_catalogue, layout
from umbra.universe.fields import TYPES, Fields
from umbra.universe.fuzz import make_fuzz
from umbra.universe.galaxy import DARK
from umbra.universe.group import make_group
from umbra.universe.plan import GroupPlan, plan_groups

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shard:
    """One group on disk, and its rows of the catalogue."""

    path: Path
    lengths: np.ndarray
    group: Fields | None
    subhaloes: tuple[Fields, ...] = ()


def write_universe(
    *, output: Path, seed: int, galaxies: int, extent_kpc: float, chunks: int, threads: int
) -> None:
    """Write a synthetic universe in the file format of TNG100-1, snapshot 99.

    Parameters
    ----------
    output : pathlib.Path
        Folder in which ``output/`` (snapshot and catalogue) and ``postprocessing/`` appear.
    seed : int
        The run's seed; the files depend on it, on the next three, and on nothing else.
    galaxies : int
        How many galaxies pass the selection of the paper; others that do not are added.
    extent_kpc : float
        Radius out to which haloes are drawn [kpc].
    chunks : int
        Files of the snapshot and of the catalogue; with three or more, one holds no particles.
    threads : int
        Processes that draw groups at the same time.

    Raises
    ------
    umbra.errors.InputError
        If a number makes no universe.
    """
    if galaxies < 1 or chunks < 1 or threads < 1 or extent_kpc < 50.0:
        raise InputError(
            "universe: galaxies, chunks and threads must be at least 1 and extent_kpc at least 50, "
            f"got {galaxies}, {chunks}, {threads} and {extent_kpc}"
        )
    output = Path(output)
    plans = plan_groups(seed=seed, galaxies=galaxies, extent_kpc=extent_kpc)
    with scratch(output / "parts") as parts:
        shards = list(_draw(plans, parts, seed, extent_kpc, threads))
        shards.sort(key=lambda shard: -shard.group["GroupMass"])
        fuzz = parts / "fuzz.hdf5"
        lengths = _write_shard(
            fuzz, [make_fuzz(plans=plans, seed=seed, extent_kpc=extent_kpc)], len(plans)
        )
        _write_files(output, [*shards, Shard(fuzz, lengths, None)], chunks)


def _draw(
    plans: list[GroupPlan], parts: Path, seed: int, extent_kpc: float, threads: int
) -> Iterator[Shard]:
    """Draw every group, the largest first, and yield the shards in the order of the plans."""
    work = partial(_draw_one, parts=parts, seed=seed, extent_kpc=extent_kpc)
    progress = partial(tqdm, total=len(plans), desc="groups", unit="group", disable=None)
    if threads == 1:
        yield from progress(map(work, plans))
        return
    # forked: a spawned process would import, and so run, the calling script once more
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(max_workers=threads, mp_context=context) as pool:
        yield from progress(pool.map(work, plans))


def _draw_one(plan: GroupPlan, *, parts: Path, seed: int, extent_kpc: float) -> Shard:
    group = make_group(plan=plan, seed=seed, extent_kpc=extent_kpc)
    members = [subhalo.particles for subhalo in group.subhaloes] + [group.unbound]
    rows = [group_catalogue.subhalo_row(subhalo) for subhalo in group.subhaloes]
    group_row = group_catalogue.group_row(group)
    path = parts / f"group_{plan.index}.hdf5"
    lengths = _write_shard(path, members, plan.index)
    first = 0
    for row in rows:
        # the first dark particle of a subhalo rests in its centre
        row["SubhaloIDMostbound"] = _identifier(plan.index, DARK, first)
        first += row["SubhaloLenType"][DARK]
    return Shard(path, lengths, group_row, tuple(rows))


def _identifier(group: int, kind: int, row: int | np.ndarray) -> int | np.ndarray:
    """Return identifiers unique in the universe: group, type and row in separate bits."""
    return np.uint64(((group + 1) << 36) | (kind << 32)) + np.asarray(row, dtype=np.uint64)


def _write_shard(path: Path, members: list[dict[int, Fields]], index: int) -> np.ndarray:
    """Write the particles of one group, member after member, and return how many of each type."""
    lengths = np.zeros(6, dtype=np.int64)
    with h5py.File(path, "w") as file:
        for kind in TYPES:
            pieces = [member[kind] for member in members if kind in member]
            lengths[kind] = sum(len(piece["Coordinates"]) for piece in pieces)
            if lengths[kind] == 0:
                continue
            for name in pieces[0]:
                file[f"PartType{kind}/{name}"] = np.concatenate([piece[name] for piece in pieces])
            rows = np.arange(lengths[kind])
            file[f"PartType{kind}/ParticleIDs"] = _identifier(index, kind, rows)
    return lengths


def _write_files(output: Path, shards: list[Shard], chunks: int) -> None:
    """Write snapshot, catalogue and offsets from the shards, in their order."""
    total = sum(shard.lengths for shard in shards)
    starts = layout.snapshot_starts(total=total, chunks=chunks)
    snapshots = output / "output" / "snapdir_099"
    groups = output / "output" / "groups_099"
    for folder in (snapshots, groups):
        for stale in folder.glob("*_099.*.hdf5"):
            stale.unlink()
    for chunk in tqdm(range(chunks), desc="chunks", unit="chunk", disable=None):
        with atomic(snapshots / f"snap_099.{chunk}.hdf5") as temporary:
            _write_chunk(temporary, shards, starts, chunk)
    tables = layout.catalogue_tables(shards)
    ranges = layout.catalogue_starts(tables=tables, chunks=chunks)
    for chunk in range(chunks):
        with atomic(groups / f"fof_subhalo_tab_099.{chunk}.hdf5") as temporary:
            layout.write_catalogue_chunk(
                path=temporary, tables=tables, starts=ranges, chunk=chunk, chunks=chunks
            )
    with atomic(output / "postprocessing" / "offsets" / "offsets_099.hdf5") as temporary:
        layout.write_offsets(path=temporary, shards=shards, starts=starts, ranges=ranges)
    logger.info("wrote %s: %s particles by type", output, total.tolist())


def _write_chunk(path: Path, shards: list[Shard], starts: np.ndarray, chunk: int) -> None:
    """Copy the slices of all shards that fall into one chunk of the snapshot."""
    begin, end = starts[chunk], starts[chunk + 1]
    offsets = np.cumsum([np.zeros(6, dtype=np.int64)] + [s.lengths for s in shards], axis=0)
    with h5py.File(path, "w") as file:
        layout.write_snapshot_header(
            file, this_file=end - begin, total=starts[-1], chunks=len(starts) - 1
        )
        for kind in TYPES:
            for shard, first, last in zip(
                shards, offsets[:-1, kind], offsets[1:, kind], strict=True
            ):
                low, high = max(first, begin[kind]), min(last, end[kind])
                if low >= high:
                    continue
                with h5py.File(shard.path, "r") as source:
                    for name, values in source[f"PartType{kind}"].items():
                        target = f"PartType{kind}/{name}"
                        if target not in file:
                            shape = (end[kind] - begin[kind], *values.shape[1:])
                            options = layout.storage(name, shape)
                            file.create_dataset(target, shape, dtype=values.dtype, **options)
                        place = slice(low - begin[kind], high - begin[kind])
                        file[target][place] = values[low - first : high - first]
