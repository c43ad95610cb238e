"""What TNG's files tell of their run and epoch, and whether two files agree."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py

from umbra.errors import Damaged, InputError
from umbra.hdf5 import open_file, reading
from umbra.simulation.attributes import finite_numbers, header_values
from umbra.simulation.fields import PARTICLE_TYPES

SNAPSHOT_TOTAL = "SnapshotNumPart_Total"
"""Attribute of a cutout: the particles of each type in the snapshot that it is from."""
RUN_FIELDS = {
    "BoxSize": "box_size_ckpc_h",
    "HubbleParam": "hubble",
    "Omega0": "omega_matter",
    "OmegaLambda": "omega_lambda",
    "Time": "scale_factor",
    "Redshift": "redshift",
}
"""Attribute of a header that tells of the run and the epoch -> its name in this package."""

# above the first number, and at most the second
_LIMITS = {
    "BoxSize": (0.0, math.inf),
    "HubbleParam": (0.0, 10.0),
    "Omega0": (0.0, 1.001),
    "OmegaLambda": (0.0, 1.001),
    "Time": (0.0, 1.001),
    "Redshift": (-0.001, math.inf),
}
# what most files tell besides
_CODE_UNITS = {
    "UnitLength_in_cm": 3.085678e21,
    "UnitMass_in_g": 1.989e43,
    "UnitVelocity_in_cm_per_s": 1e5,
}
_FURTHER = ("OmegaBaryon", "MassTable", "SnapshotNumber", SNAPSHOT_TOTAL, *_CODE_UNITS)
_OF_EACH_TYPE = ("MassTable", SNAPSHOT_TOTAL)
CATALOGUE_COUNTS = ("NumFiles", "Ngroups_Total", "Nsubgroups_Total")
COUNTS = (
    "NumPart_Total",
    "NumFilesPerSnapshot",
    "SnapshotNumber",
    SNAPSHOT_TOTAL,
    *CATALOGUE_COUNTS,
)
"""Attributes that count, and so agree exactly."""
# numbers that are stored in single precision differ by so much of their value
_ROUNDING = 1e-6
_NAME = "SimulationName"
# name in headers -> name in the web API
_RUN_NAMES = {
    f"L{box_mpc_h}n{particles >> level}TNG": f"{name}-{level + 1}"
    for name, box_mpc_h, particles, levels in (
        ("TNG50", 35, 2160, 4),
        ("TNG100", 75, 1820, 3),
        ("TNG300", 205, 2500, 3),
    )
    for level in range(levels)
}


@dataclass(frozen=True)
class RunNumbers:
    """What a file tells of the run and the epoch that it is from.

    Parameters
    ----------
    source : str
        The file.
    values : mapping of str to tuple
        Attributes of its header -> their numbers; only those that it has. A number of one particle
        type that is not known is NaN.
    name : str, optional
        The run's name in the web API, if it is known.
    """

    source: str
    values: Mapping[str, tuple[float, ...]]
    name: str | None = None

    def check_same(self, other: "RunNumbers", *, remedy: str = "check simulation.path") -> None:
        """Raise InputError if two files cannot be of one run and one epoch.

        A number that only one of them has is not compared.
        """
        for name, mine in self.values.items():
            theirs = other.values.get(name, mine)
            if not _agree(name, mine, theirs):
                raise self._differ(other, name, _shown(mine), _shown(theirs), remedy)
        if self.name and other.name and self.name != other.name:
            raise self._differ(other, _NAME, self.name, other.name, remedy)

    def _differ(
        self, other: "RunNumbers", what: str, mine: str, theirs: str, remedy: str
    ) -> InputError:
        return InputError(
            f"{self.source} and {other.source} are not of one snapshot of one run ({what} is {mine}"
            f" in the first, {theirs} in the second); {remedy}."
        )


def read_run_numbers(
    file: h5py.File,
    path: Path,
    *,
    required: Sequence[str] = tuple(RUN_FIELDS),
    further: Sequence[str] = (),
) -> RunNumbers:
    """Read what a file tells of its run.

    Parameters
    ----------
    file : h5py.File
    path : Path
        Its name, for messages.
    required : sequence of str
        Attributes that it must have. All others are read if they are there.
    further : sequence of str
        Attributes that only some files have, to be read too.

    Raises
    ------
    Damaged
        If an attribute is missing or is no possible number.
    """
    there = file["Header"].attrs if "Header" in file else ()
    values = {
        name: finite_numbers(file, path, name, size=PARTICLE_TYPES if name in _OF_EACH_TYPE else 1)
        for name in (*RUN_FIELDS, *_FURTHER, *further)
        if name in there or name in required
    }
    numbers = {name: values[name][0] for name in RUN_FIELDS if name in values}
    check_limits(numbers, f"{path}: Header/")
    if {"Time", "Redshift"} <= numbers.keys():
        if not math.isclose(numbers["Time"] * (1 + numbers["Redshift"]), 1, rel_tol=1e-3):
            raise Damaged(
                f"{path}: Header/Time is {numbers['Time']:g}, but Header/Redshift is"
                f" {numbers['Redshift']:g}, which is another epoch; fetch or make the file again."
            )
    for name, unit in _CODE_UNITS.items():
        (found,) = values.get(name, (unit,))
        if not math.isclose(found, unit, rel_tol=1e-3):
            raise Damaged(
                f"{path}: Header/{name} is {found:g} but the workflow reads TNG's code units only"
                f" ({unit:g}); convert the run."
            )
    return RunNumbers(source=str(path), values=values, name=_run_name(file, path))


def check_one_run(paths: Iterable[Path], *, sample: RunNumbers | None = None) -> None:
    """Check that all files that exist are of one run and one epoch.

    Parameters
    ----------
    paths : iterable of Path
        Cutouts. A file that is no cutout, such as the marker of a rejected galaxy or a damaged
        file, is left out: the stages that read it reject its galaxy.
    sample : RunNumbers, optional
        The run that they must be of.

    Raises
    ------
    InputError
        If two are not; the sentence names them.
    """
    first = None
    for path in paths:
        if not (path.is_file() and h5py.is_hdf5(path)):
            continue
        try:
            with open_file(path) as file, reading(path):
                run = read_run_numbers(file, path)
        except Damaged:
            continue
        for other in (sample, first):
            if other:
                run.check_same(other, remedy="delete the cutouts of one run and make them again")
        first = first or run


def check_limits(values: Mapping[str, float], where: str) -> None:
    """Raise Damaged if a number of `RUN_FIELDS` cannot be; `where` is put before its name."""
    for name, value in values.items():
        low, high = _LIMITS[name]
        if not low < value <= high or math.isinf(value):
            limits = f"above {low:g}" + (f" and at most {high:g}" if high < math.inf else "")
            raise Damaged(
                f"{where}{name} is {value:g} but must be {limits}; fetch or make the file again."
            )


def _run_name(file: h5py.File, path: Path) -> str | None:
    """Return the run's name in the web API, if the header has a name that is known."""
    if "Header" not in file or _NAME not in file["Header"].attrs:
        return None
    told = [
        text.decode(errors="replace") if isinstance(text, bytes) else str(text)
        for text in header_values(file, path, _NAME).tolist()
    ]
    return _RUN_NAMES.get(" ".join(told))


def _agree(name: str, mine: tuple[float, ...], theirs: tuple[float, ...]) -> bool:
    # a redshift may be 0
    offset = 1.0 if name == "Redshift" else 0.0
    rounding = 0.0 if name in COUNTS else _ROUNDING
    return len(mine) == len(theirs) and all(
        math.isclose(a + offset, b + offset, rel_tol=rounding)
        for a, b in zip(mine, theirs, strict=True)
        if not (math.isnan(a) or math.isnan(b))
    )


def _shown(values: tuple[float, ...]) -> str:
    return ", ".join("?" if math.isnan(value) else f"{value:.10g}" for value in values)
