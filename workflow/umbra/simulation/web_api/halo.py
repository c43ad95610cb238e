"""The sphere around a galaxy, cut out of its halo as TNG's web API serves it.

Such a file holds the particles of one friends-of-friends group. Particles of no group (fuzz) and of
groups nearby are in a cutout from a snapshot on disk, but not in this one.
"""

from pathlib import Path

import h5py
import numpy as np

from umbra.errors import Rejected
from umbra.hdf5 import open_file, read_field, reading
from umbra.simulation.attributes import whole_numbers
from umbra.simulation.fields import FIELDS, PARTICLE_TYPES, fields_of, type_number
from umbra.simulation.header import Header, read_mass_table
from umbra.simulation.numbers import native, wrong_numbers, wrong_particles, wrong_rows
from umbra.simulation.run import Run
from umbra.simulation.run_numbers import read_run_numbers
from umbra.simulation.snapshot import check_fields

_SLAB_ROWS = 1 << 20


def read_sphere(
    path: Path,
    *,
    run: Run,
    centre_ckpc_h: np.ndarray,
    radius_ckpc_h: float,
    slab_rows: int = _SLAB_ROWS,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Read the particles of a halo within a sphere.

    Parameters
    ----------
    path : Path
        A halo as the API serves it; its header may lack attributes that the run's numbers give.
    run : Run
        The numbers of the run.
    centre_ckpc_h : ndarray, shape (3,)
        Centre of the sphere [ckpc/h].
    radius_ckpc_h : float
        Radius of the sphere [ckpc/h].
    slab_rows : int
        Rows that are read at once.

    Returns
    -------
    fields : dict of str to ndarray
        ``PartType0/Coordinates`` and so on, in the order of the file; there is no field of a type
        without particles.
    attributes : dict of str to ndarray
        Attributes of the header; the run's numbers give those that the file lacks.

    Raises
    ------
    InputError
        If the file is damaged, incomplete or of another snapshot.
    Rejected
        If a position, or another number of a particle in the sphere, cannot be.
    """
    pieces: dict[str, list[np.ndarray]] = {}
    with open_file(path) as file:
        with reading(path):
            header = _header(file, path, run)
            check_fields(file, path, header)
            attributes = run.header | dict(file["Header"].attrs)
        for particle_type in FIELDS:
            wrong = np.zeros(2, dtype=int)
            count = header.particles_this_file[type_number(particle_type)]
            for begin in range(0, count, slab_rows):
                rows = slice(begin, begin + slab_rows)
                position = read_field(file, path, f"{particle_type}/Coordinates", rows)
                wrong += wrong_rows(position, "Coordinates", header.limits)
                offset = position - centre_ckpc_h
                offset -= run.box_size_ckpc_h * np.rint(offset / run.box_size_ckpc_h)
                inside = (offset**2).sum(axis=1) <= radius_ckpc_h**2
                for name in fields_of(particle_type, header.mass_table) if inside.any() else ():
                    field = f"{particle_type}/{name}"
                    values = read_field(file, path, field, rows)[inside]
                    pieces.setdefault(field, []).append(native(values))
            if reason := wrong_numbers(wrong, "Coordinates", header.limits, rows=count):
                raise Rejected(f"{path}: {particle_type}/Coordinates {reason}")
    fields = {name: np.concatenate(arrays) for name, arrays in pieces.items()}
    for particle_type in FIELDS:
        columns = {
            name: fields[f"{particle_type}/{name}"]
            for name in fields_of(particle_type, header.mass_table)
            if f"{particle_type}/{name}" in fields
        }
        if reason := wrong_particles(columns, particle_type, header.limits):
            raise Rejected(f"{path}: {reason} in the sphere")
    return fields, attributes


def _header(file: h5py.File, path: Path, run: Run) -> Header:
    """Return a header with the run's numbers and the file's counts; the file must be of the run."""
    numbers = run.numbers(f"{run.name}, snapshot {run.snapshot},")
    found = read_run_numbers(file, path, required=())
    found.check_same(numbers, remedy="delete the file and run again")
    counts = whole_numbers(file, path, "NumPart_ThisFile", size=PARTICLE_TYPES)
    return Header(
        box_size_ckpc_h=run.box_size_ckpc_h,
        hubble=run.hubble,
        scale_factor=run.scale_factor,
        redshift=run.redshift,
        omega_matter=run.omega_matter,
        omega_lambda=run.omega_lambda,
        mass_table=read_mass_table(file, path),
        particles_this_file=counts,
        particles_total=counts,
        files=1,
        run=numbers,
    )
