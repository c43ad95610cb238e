"""The sphere around a galaxy, cut out of its halo as TNG's web API serves it.

Such a file holds the particles of one friends-of-friends group. Particles of no group (fuzz) and of
groups nearby are in a cutout from a snapshot on disk, but not in this one.
"""

from pathlib import Path

import h5py
import numpy as np

from umbra.errors import InputError
from umbra.hdf5 import open_file, reading
from umbra.simulation.fields import FIELDS, fields_of
from umbra.simulation.hdf5 import header_values
from umbra.simulation.run import Run
from umbra.simulation.snapshot import Chunk, Header, check_fields

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
    """
    pieces: dict[str, list[np.ndarray]] = {}
    with open_file(path) as file, reading(path):
        header = _header(file, path, run)
        check_fields(file, path, header)
        chunk = Chunk(path=Path(path), number=0, file=file, header=header)
        for particle_type in FIELDS:
            for begin in range(0, chunk.count(particle_type), slab_rows):
                rows = slice(begin, begin + slab_rows)
                offset = chunk.field(particle_type, "Coordinates")[rows] - centre_ckpc_h
                offset -= run.box_size_ckpc_h * np.rint(offset / run.box_size_ckpc_h)
                inside = (offset**2).sum(axis=1) <= radius_ckpc_h**2
                for name in fields_of(particle_type, header.mass_table) if inside.any() else ():
                    values = chunk.field(particle_type, name)[rows][inside]
                    pieces.setdefault(f"{particle_type}/{name}", []).append(values)
        attributes = run.header | dict(file["Header"].attrs)
    return {name: np.concatenate(arrays) for name, arrays in pieces.items()}, attributes


def _header(file: h5py.File, path: Path, run: Run) -> Header:
    """Return a header with the run's numbers and the file's counts; the file must be of the run."""
    attributes = dict(file["Header"].attrs)
    for name, value in run.header.items():
        found = np.ravel(attributes.get(name, value))[0]
        if not np.isclose(found, value, rtol=1e-4, atol=1e-6):
            raise InputError(
                f"{path}: Header/{name} is {found:g} but {run.name}, snapshot {run.snapshot}, has "
                f"{value:g}; delete it and run again."
            )
    counts = tuple(header_values(file, path, "NumPart_ThisFile").astype(int).tolist())
    return Header(
        box_size_ckpc_h=run.box_size_ckpc_h,
        hubble=run.hubble,
        scale_factor=run.units.scale_factor,
        redshift=run.redshift,
        omega_matter=run.omega_matter,
        omega_lambda=run.omega_lambda,
        mass_table=tuple(header_values(file, path, "MassTable").astype(float).tolist()),
        particles_this_file=counts,
        particles_total=counts,
        files=1,
    )
