"""The header of a snapshot or cutout."""

from dataclasses import dataclass, replace
from pathlib import Path

import h5py
import numpy as np
from illustris_python.snapshot import getNumPart

from umbra.errors import Damaged
from umbra.simulation.attributes import finite_numbers, whole_numbers
from umbra.simulation.fields import PARTICLE_TYPES
from umbra.simulation.run_numbers import RUN_FIELDS, RunNumbers, read_run_numbers
from umbra.units import CodeUnits


@dataclass(frozen=True)
class Header:
    """The header of a snapshot or cutout.

    Parameters
    ----------
    box_size_ckpc_h : float
        Side of the periodic box [ckpc/h].
    hubble : float
        H0 / (100 km/s/Mpc), little h.
    scale_factor, redshift : float
        Epoch.
    omega_matter, omega_lambda : float
        Density parameters today.
    mass_table : tuple of float
        Mass of a particle of each type [1e10 Msun/h]; 0 where particles have their own.
    particles_this_file, particles_total : tuple of int
        Counts by type.
    files : int
        Number of chunks of the snapshot.
    run : RunNumbers
        What is compared where files meet.
    """

    box_size_ckpc_h: float
    hubble: float
    scale_factor: float
    redshift: float
    omega_matter: float
    omega_lambda: float
    mass_table: tuple[float, ...]
    particles_this_file: tuple[int, ...]
    particles_total: tuple[int, ...]
    files: int
    run: RunNumbers

    @property
    def units(self) -> CodeUnits:
        """Conversion to physical units."""
        return CodeUnits(hubble=self.hubble, scale_factor=self.scale_factor)

    @property
    def limits(self) -> dict[str, float]:
        """The numbers of the run that limit fields; see `umbra.simulation.fields.RANGES`."""
        return {"BoxSize": self.box_size_ckpc_h, "Time": self.scale_factor}


def read_header(file: h5py.File, path: Path) -> Header:
    """Read a header, in which a number may be stored as an array of length 1.

    Raises
    ------
    Damaged
        If an attribute is missing, has another length or is no possible number.
    """
    run = read_run_numbers(file, path)
    total, (files,) = _particles_total(file, path), whole_numbers(file, path, "NumFilesPerSnapshot")
    values = {**run.values, "NumPart_Total": total, "NumFilesPerSnapshot": (files,)}
    return Header(
        **{field: float(run.values[name][0]) for name, field in RUN_FIELDS.items()},
        mass_table=read_mass_table(file, path),
        particles_this_file=whole_numbers(file, path, "NumPart_ThisFile", size=PARTICLE_TYPES),
        particles_total=total,
        files=files,
        run=replace(run, values=values),
    )


def read_mass_table(file: h5py.File, path: Path) -> tuple[float, ...]:
    """Return the mass of a particle of each type, 0 where particles have their own.

    Raises
    ------
    Damaged
        If it is missing or holds a number that is no mass.
    """
    masses = finite_numbers(file, path, "MassTable", size=PARTICLE_TYPES)
    if min(masses) < 0:
        raise Damaged(
            f"{path}: Header/MassTable is {masses} where masses, 0 or more, are expected;"
            " fetch or make the file again."
        )
    return tuple(map(float, masses))


def _particles_total(file: h5py.File, path: Path) -> tuple[int, ...]:
    names = ["NumPart_Total"]
    if "NumPart_Total_HighWord" in file["Header"].attrs:  # the upper 32 bits, in older files
        names.append("NumPart_Total_HighWord")
    counts = {
        name: np.array(whole_numbers(file, path, name, size=PARTICLE_TYPES)) for name in names
    }
    return tuple(getNumPart(counts).tolist())
