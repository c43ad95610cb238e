"""Running 3DBAROLO (Di Teodoro & Fraternali 2015), which fits tilted rings to an HI cube.

The executable runs as a process of its own, so that its crash costs one galaxy and not the run.
Its parameter files are kept beside the result, so that a fit can be repeated by hand. It always has
one thread: several draw from one sequence of random numbers, so their fits cannot be repeated.

The whole disc is fitted, and each of its halves, from which the errors are. 3DBAROLO's own search
for errors (FLAGERRORS) is not used: it takes several times as long as the fit, and it never ends
where fewer than six bins of its trial models are worse than the fitted one.

References
----------
Di Teodoro & Fraternali 2015, MNRAS 451, 3021.
"""

import logging
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from umbra.classical.rotation_curve.barolo_program import barolo_program
from umbra.classical.rotation_curve.rings import Rings, combined_rings, read_barolo_output
from umbra.classical.rotation_curve.velocity_field import Geometry
from umbra.errors import InputError, Rejected
from umbra.files import atomic, check_writable
from umbra.hi.reading import Cube, write_hi_cube
from umbra.programs import check_program, run_program

logger = logging.getLogger(__name__)

# Limit of each of three fits [CPU seconds]. Most take a tenth of it, and few with 30 rings a fifth.
_CPU_LIMIT_S, _CPU_LIMIT_PER_RING_S = 80, 10
# Random velocities of each cloud of the model, which give the line its width. 3DBAROLO's own number
# is that of the channels, some hundred, and drawing them takes most of its time.
_VELOCITIES_PER_CLOUD = 20
_OUTPUT = "output"
# Names of the files that are kept, for each value of SIDE.
_KEPT = {"B": "barolo", "A": "barolo_approaching", "R": "barolo_receding"}


@dataclass(frozen=True)
class RingModel:
    """The rings that are to be fitted.

    Parameters
    ----------
    geometry : Geometry
        First guess of the disc.
    count : int
        Number of rings.
    width_arcsec : float
        Width of a ring [arcsec].
    free_inclination : bool
        Whether the inclination is fitted.
    inclination_range_deg : float
        How far a fitted inclination may move from the first guess [deg].
    """

    geometry: Geometry
    count: int
    width_arcsec: float
    free_inclination: bool
    inclination_range_deg: float


def run_barolo(name: str, cube: Cube, model: RingModel, *, folder: Path) -> Rings:
    """Fit rings with 3DBAROLO to the whole disc, and to its halves for the errors.

    Parameters
    ----------
    name : str
        File name of the cube in the parameters, without a folder.
    cube : Cube
        What is fitted.
    model : RingModel
        The rings and their first guess.
    folder : Path
        Folder for the parameter file and the log of each fit: ``barolo.par``, ``barolo.log``, and
        the same with ``_approaching`` and ``_receding``.

    Returns
    -------
    Rings

    Raises
    ------
    Rejected
        If 3DBAROLO fails on the whole disc or on both halves: it crashes, takes too much of the CPU
        or finds no rings.
    InputError
        If 3DBAROLO is not installed or does not start, or the system ends it or holds it up.
    """
    whole = _fit(name, cube, model, "B", folder)
    halves = []
    for side in ("A", "R"):
        try:
            halves.append(_fit(name, cube, model, side, folder))
        except Rejected as rejected:
            logger.warning("side %s: %s; the errors are from the other half", side, rejected)
    if not halves:
        raise Rejected("3DBAROLO fitted neither half of the disc, so there are no errors")
    return combined_rings(whole, halves, distance_mpc=cube.header["DISTMPC"])


def parameter_file(cube: Cube, model: RingModel, *, name: str, side: str) -> str:
    """Return the parameter file of a fit, in 3DBAROLO's format.

    Velocity, dispersion and position angle of each ring are free, and the inclination on request.
    The centre and the systemic velocity are fixed, because the velocity field determines them
    well.

    Parameters
    ----------
    cube : Cube
        The cube that is fitted.
    model : RingModel
        The rings and their first guess.
    name : str
        File name of the cube, without a folder.
    side : {"B", "A", "R"}
        Whether both halves, the approaching or the receding one is fitted.

    Returns
    -------
    str
    """
    geometry = model.geometry
    # The free position angle is called PHI here. 3DBAROLO also accepts PA, but then reads the first
    # guess of the outermost ring from memory that was never written.
    angles = "INC PHI" if model.free_inclination else "PHI"
    edge_pixels = model.count * model.width_arcsec / cube.pixel_side_arcsec
    lines = {
        "FITSFILE": name,
        "OUTFOLDER": _OUTPUT,
        "OUTPREFIX": "galaxy",
        "THREADS": 1,
        # Without Fourier transforms it convolves with a loop that goes one pixel too far, and what
        # lies there in memory becomes part of the model.
        "FFT": "true",
        "SHOWBAR": "false",
        "PLOTS": "false",
        "3DFIT": "true",
        "NRADII": model.count,
        "RADSEP": f"{model.width_arcsec:.4f}",
        "XPOS": f"{geometry.x_pixel:.3f}",
        "YPOS": f"{geometry.y_pixel:.3f}",
        "VSYS": f"{geometry.systemic_velocity_km_s:.3f}",
        "VROT": f"{geometry.curve_km_s(edge_pixels):.2f}",
        "VDISP": 10,
        "INC": f"{geometry.inclination_deg:.3f}",
        "DELTAINC": model.inclination_range_deg,
        "PA": f"{geometry.position_angle_deg:.3f}",
        "Z0": 0,
        "NV": _VELOCITIES_PER_CLOUD,
        "FREE": f"VROT VDISP {angles}",
        "REGTYPE": "inc=median",
        "MASK": "SMOOTH&SEARCHLARGEST",
        "NORM": "LOCAL",
        "DISTANCE": f"{cube.header['DISTMPC']:.6f}",
        "SIDE": side,
        "FLAGERRORS": "false",
    }
    return "".join(f"{key:<12}{value}\n" for key, value in lines.items())


def _fit(name: str, cube: Cube, model: RingModel, side: str, folder: Path) -> pd.DataFrame:
    """Fit one side and read its rings; keep its parameters and log in `folder`."""
    kept = folder / _KEPT[side]
    with tempfile.TemporaryDirectory(prefix="umbra_barolo_") as temporary:
        work = Path(temporary)
        write_hi_cube(cube, work / name)
        parameters = parameter_file(cube, model, name=name, side=side)
        (work / "barolo.par").write_text(parameters, encoding="utf-8")
        _keep(work / "barolo.par", kept.with_suffix(".par"))
        try:
            status = _call(work, _CPU_LIMIT_S + model.count * _CPU_LIMIT_PER_RING_S)
        finally:
            _keep(work / "barolo.log", kept.with_suffix(".log"))
        try:
            if status:
                _raise_failure(status, work / "barolo.log")
            return read_barolo_output(work / _OUTPUT)
        except Rejected:
            check_writable(work)  # on a full disk it fails, or ends as if there were no rings
            raise


def _call(work: Path, cpu_limit_s: int) -> int:
    with open(work / "barolo.log", "wb") as log:
        return run_program(
            "3DBAROLO",
            [barolo_program(), "-p", "barolo.par"],
            cpu_limit_s=cpu_limit_s,
            cwd=work,
            stdout=log,
            stderr=subprocess.STDOUT,
        ).returncode


def _raise_failure(status: int, log: Path) -> None:
    text = log.read_text(encoding="utf-8", errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    last = lines[-1] if lines else "it printed nothing"
    if status == 127:  # the loader did not find a shared library
        raise InputError(f"3DBAROLO does not start ({last}): run `make setup`, which builds it.")
    check_program("3DBAROLO", status=status, text=last)
    raise Rejected(f"3DBAROLO failed with status {status}: {last}")


def _keep(file: Path, kept: Path) -> None:
    with atomic(kept) as temporary:
        shutil.copyfile(file, temporary)
