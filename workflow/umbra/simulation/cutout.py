"""The cutout of a galaxy: gathered into one file, and read in physical units."""

from dataclasses import dataclass, replace
from pathlib import Path

import h5py
import numpy as np

from umbra.config.sample import ParticleLimits
from umbra.errors import Damaged, InputError, Rejected
from umbra.hdf5 import create, open_file, read_field, reading
from umbra.simulation import particles
from umbra.simulation.attributes import finite_numbers, whole_numbers
from umbra.simulation.chunk_identity import ChunkIdentity, check_distinct, read_identities
from umbra.simulation.fields import (
    DM_TYPE,
    FIELDS,
    FRACTIONS,
    GAS_TYPE,
    PARTICLE_TYPES,
    STAR_TYPE,
    fields_of,
    type_number,
)
from umbra.simulation.galaxies import read_galaxies
from umbra.simulation.header import Header, read_header
from umbra.simulation.numbers import wrong_particles
from umbra.simulation.particles import DarkMatter, Gas, Stars
from umbra.simulation.run import read_run
from umbra.simulation.run_numbers import SNAPSHOT_TOTAL
from umbra.simulation.snapshot import check_fields
from umbra.simulation.web_api.halo import read_sphere


@dataclass(frozen=True)
class Cutout:
    """Everything in a sphere around a galaxy, in physical units.

    Parameters
    ----------
    subhalo_id : int
    radius_kpc : float
        Radius of the sphere.
    gas, stars, dark_matter : Gas, Stars, DarkMatter
    """

    subhalo_id: int
    radius_kpc: float
    gas: Gas
    stars: Stars
    dark_matter: DarkMatter


def gather_cutout(
    *,
    shards: list[Path],
    galaxy: int,
    galaxies_csv: Path,
    radius_kpc: float,
    limits: ParticleLimits,
    output: Path,
    halo: Path | None = None,
    run: Path | None = None,
) -> None:
    """Gather a galaxy's particles into a file of TNG's cutout layout.

    The shards of a snapshot hold every particle of the sphere. A halo from TNG's web API lacks the
    particles of other groups and of no group (fuzz).

    Parameters
    ----------
    shards : list of Path
        Shards of all chunks, in any order; none if a halo is given.
    galaxy : int
        Subhalo id.
    galaxies_csv : Path
        The sample, for the centre and the velocity.
    radius_kpc : float
        Radius of the sphere [kpc], that of the shards if there are any.
    limits : ParticleLimits
        A galaxy with fewer gas cells or stars is rejected; wind does not count as stars.
    output : Path
        HDF5 file with ``Header``, ``PartType0``, ``PartType1``, ``PartType4``: code units and
        coordinates of the box, in the order of chunks and rows of the snapshot. The header also has
        CutoutCentre and CutoutRadius [ckpc/h], CutoutVelocity [km/s], SubhaloID and, if they are
        known, the particles of the whole snapshot, SnapshotNumPart_Total.
    halo : Path, optional
        The galaxy's whole group, as the web API serves it.
    run : Path, optional
        The numbers of the run from the web API; given with `halo`.

    Raises
    ------
    Rejected
        If gas cells or stars are too few, there is no dark matter, or a particle has a number that
        cannot be.
    InputError
        If the files do not fit each other or the sample, or the disk is full.
    """
    sample = read_galaxies(galaxies_csv)
    row = sample.index(galaxy)
    centre = sample.centre_ckpc_h[row]
    if halo:
        numbers = read_run(run)
        sample.check_run(numbers.numbers(str(run)))
        units = numbers.units
        fields, attributes = read_sphere(
            halo, run=numbers, centre_ckpc_h=centre, radius_ckpc_h=radius_kpc / units.kpc
        )
    else:
        with open_file(shards[0]) as shard:
            header = _shard_header(shard, shards[0])
            with reading(shards[0]):
                attributes = dict(shard["Header"].attrs)
        sample.check_run(header.run)
        attributes[SNAPSHOT_TOTAL] = np.array(header.particles_total, dtype=np.uint64)
        units = header.units
        fields = _read_shards(shards, header=header, galaxy=galaxy, radius_kpc=radius_kpc)
    counts = _counts(fields)
    _check_limits(fields, counts, radius_kpc=radius_kpc, limits=limits)
    attributes |= {
        "NumPart_ThisFile": counts.astype(np.int32),
        "NumPart_Total": counts.astype(np.uint32),
        "NumPart_Total_HighWord": np.zeros_like(counts, dtype=np.uint32),
        "NumFilesPerSnapshot": 1,
        "SubhaloID": galaxy,
        "CutoutCentre": centre,
        "CutoutVelocity": sample.velocity_km_s[row],
        "CutoutRadius": radius_kpc / units.kpc,
    }
    with create(output) as file:
        file.create_group("Header").attrs.update(attributes)
        for name, values in fields.items():
            file[name] = values


def read_cutout_header(path: Path) -> Header:
    """Read the header of a cutout: box, cosmology, epoch and counts of its run.

    Raises
    ------
    InputError
        If the file is damaged or is no TNG file.
    """
    with open_file(path) as file, reading(path):
        return read_header(file, path)


def read_cutout(path: Path) -> Cutout:
    """Read a cutout in physical units, relative to the galaxy's centre and velocity.

    Raises
    ------
    Rejected
        If the file is damaged, lacks a field, or is no cutout of this workflow. Only this galaxy is
        concerned, so the others go on.
    InputError
        If the file is absent, or the system does not let it be read.
    """
    try:
        return _read_cutout(path)
    except Damaged as error:
        raise Rejected(str(error)) from error


def _read_cutout(path: Path) -> Cutout:
    # Nothing is computed in `reading`, because an error of a formula is not one of the file.
    with open_file(path) as file:
        with reading(path):
            header = read_header(file, path)
            check_fields(file, path, header)
        centre = np.array(finite_numbers(file, path, "CutoutCentre", size=3))
        velocity = np.array(finite_numbers(file, path, "CutoutVelocity", size=3))
        (subhalo_id,) = whole_numbers(file, path, "SubhaloID")
        (radius,) = finite_numbers(file, path, "CutoutRadius", size=1)
        gas, stars, dark_matter = (
            _columns(file, path, particle_type, header)
            for particle_type in (GAS_TYPE, STAR_TYPE, DM_TYPE)
        )
    return Cutout(
        subhalo_id=subhalo_id,
        radius_kpc=radius * header.units.kpc,
        gas=particles.gas(gas, header, centre, velocity),
        stars=particles.stars(stars, header, centre, velocity),
        dark_matter=particles.dark_matter(dark_matter, header, centre),
    )


def _read_shards(
    shards: list[Path], *, header: Header, galaxy: int, radius_kpc: float
) -> dict[str, np.ndarray]:
    """Read a galaxy's fields in the order of chunks, and check that every particle was streamed."""
    pieces: dict[str, list[tuple[int, np.ndarray]]] = {}
    held, chunks = np.zeros(PARTICLE_TYPES, dtype=np.int64), []
    for path in shards:
        with open_file(path) as shard:
            _shard_header(shard, path).run.check_same(header.run)
            index = _index(shard, path, galaxy=galaxy, radius_kpc=radius_kpc)
            held += read_field(shard, path, "Particles").sum(axis=0)
            with reading(path):
                identities = read_identities(shard)
            _collect(shard, path, index, chunks=identities, header=header, pieces=pieces)
        chunks += identities
    check_distinct(chunks)
    total = np.array(header.particles_total)
    if (held > total).any() or (len(chunks) == header.files and (held != total).any()):
        raise InputError(
            f"The {len(chunks)} chunks of the snapshot hold {held.tolist()} particles but "
            f"Header/NumPart_Total says {list(header.particles_total)}; fetch or make the snapshot "
            "again."
        )
    return {name: _in_order(arrays) for name, arrays in pieces.items()}


def _shard_header(shard: h5py.File, path: Path) -> Header:
    """Return the header of a shard's first chunk; messages name that chunk."""
    with reading(path):
        header = read_header(shard, path)
        source = shard["ChunkFiles"].asstr()[0]
    return replace(header, run=replace(header.run, source=source))


def _index(shard: h5py.File, path: Path, *, galaxy: int, radius_kpc: float) -> int:
    """Return the row of a galaxy in a shard that was made for it."""
    (rows,) = np.nonzero(read_field(shard, path, "Galaxies") == galaxy)
    if not rows.size:
        raise InputError(f"{path} was made for another sample, without galaxy {galaxy}; delete it.")
    made_with = read_field(shard, path, "RadiusKpc")[rows[0]]
    if not np.isclose(made_with, radius_kpc, rtol=1e-9):
        raise InputError(
            f"{path} was made for a radius of {made_with:g} kpc, not {radius_kpc:g} kpc; delete it."
        )
    return int(rows[0])


def _collect(
    shard: h5py.File,
    path: Path,
    index: int,
    *,
    chunks: list[ChunkIdentity],
    header: Header,
    pieces: dict[str, list],
) -> None:
    """Append (chunk number, values) of each field of a galaxy to `pieces`.

    Raises
    ------
    Rejected
        If a particle has a number that cannot be.
    """
    for particle_type in FIELDS:
        counts = read_field(shard, path, f"{particle_type}/Counts", index)
        begins = read_field(shard, path, f"{particle_type}/Begins", index)
        for column in np.flatnonzero(counts).tolist():
            rows = slice(begins[column], begins[column] + counts[column])
            number = chunks[column].number
            columns = {
                name: read_field(shard, path, f"{particle_type}/{number}/{name}", rows)
                for name in fields_of(particle_type, header.mass_table)
            }
            if wrong := wrong_particles(columns, particle_type, header.limits):
                raise Rejected(f"{chunks[column].file}: {wrong} in the sphere")
            for name, values in columns.items():
                pieces.setdefault(f"{particle_type}/{name}", []).append((number, values))


def _in_order(arrays: list[tuple[int, np.ndarray]]) -> np.ndarray:
    """Join arrays in the order of their chunk numbers."""
    return np.concatenate([values for _, values in sorted(arrays, key=lambda pair: pair[0])])


def _counts(fields: dict[str, np.ndarray]) -> np.ndarray:
    """Return the number of particles of each type."""
    counts = np.zeros(PARTICLE_TYPES, dtype=np.int64)
    for particle_type in FIELDS:
        counts[type_number(particle_type)] = len(fields.get(f"{particle_type}/ParticleIDs", ()))
    return counts


def _check_limits(
    fields: dict[str, np.ndarray], counts: np.ndarray, *, radius_kpc: float, limits: ParticleLimits
) -> None:
    """Raise Rejected if a galaxy has too few particles."""
    gas, dm = counts[type_number(GAS_TYPE)], counts[type_number(DM_TYPE)]
    stars = int((fields.get(f"{STAR_TYPE}/GFM_StellarFormationTime", np.empty(0)) > 0).sum())
    reasons = []
    if gas < limits.min_gas_cells:
        reasons.append(f"{gas} gas cells (sample.min_gas_cells is {limits.min_gas_cells})")
    if stars < limits.min_star_particles:
        reasons.append(f"{stars} stars (sample.min_star_particles is {limits.min_star_particles})")
    if not dm:
        reasons.append("no dark matter")
    if reasons:
        raise Rejected(f"{' and '.join(reasons)} within {radius_kpc:.1f} kpc")


def _columns(
    file: h5py.File, path: Path, particle_type: str, header: Header
) -> dict[str, np.ndarray]:
    """Read the fields of a type in double precision; they are empty if it has no particles."""
    if not header.particles_this_file[type_number(particle_type)]:
        vectors = {"Coordinates": (0, 3), "Velocities": (0, 3), "GFM_Metals": (0, 1)}
        return {
            name: np.empty(vectors.get(name, 0))
            for name in fields_of(particle_type, header.mass_table)
        }
    columns = {
        name: read_field(file, path, f"{particle_type}/{name}")
        for name in fields_of(particle_type, header.mass_table)
        if name != "ParticleIDs"
    }
    # such a value would spoil a whole image, and a later stage could not name this file
    if wrong := wrong_particles(columns, particle_type, header.limits):
        raise Damaged(f"{path}: {wrong}; the file is damaged, so fetch or make it again.")
    for name in columns:
        columns[name] = columns[name].astype(float)
        if name in FRACTIONS:
            # rounding may have left it a little outside
            np.clip(columns[name], 0, 1, out=columns[name])
    return columns
