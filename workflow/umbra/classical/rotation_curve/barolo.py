"""Rotation curves of HI cubes with 3DBAROLO (Di Teodoro & Fraternali 2015).

Its executable runs as a process of its own, on a parameter file that is kept beside the result, so
that a fit can be repeated by hand and a crash of it costs one galaxy, not the job. Repeated fits
differ by a fraction of their error bars, even with one thread.
"""

import logging
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from umbra.classical.rotation_curve.geometry import (
    Geometry,
    guess_geometry,
    main_body,
    read_moments,
)
from umbra.classical.rotation_curve.rings import Rings, read_output, write_rings
from umbra.errors import InputError, Rejected
from umbra.files import atomic
from umbra.hi.reading import Cube, read_cube

logger = logging.getLogger(__name__)

TIME_LIMIT_S = 1800  # its search for error bars can go on forever
MIN_SPAN_CHANNELS = 4  # of the velocity field; in a smaller one nothing tells the inclination
_OUTPUT = "output"


def fit_rings(
    *, cube: Path, moments: Path, realisation: int, settings: dict, folder: Path
) -> Rings:
    """Fit tilted rings to the HI cube of one realisation and write them.

    Parameters
    ----------
    cube : Path
        HI cube; its header names the distance and the beam.
    moments : Path
        Moment maps of the galaxy, which give the first guess.
    realisation : int
        The realisation.
    settings : dict
        ``inclination`` ("free" or degrees), ``min_inclination_deg`` and ``max_inclination_deg``
        (between which a disc can be deprojected), ``inclination_range_deg`` (how far from the first
        guess a free inclination may go), ``max_rings``, ``min_ring_fraction`` (of the rings, that
        must be fitted) and ``threads``.
    folder : Path
        Where ``rings.csv``, ``barolo.par`` and ``barolo.log`` go; the latter two also when 3DBAROLO
        fails.

    Returns
    -------
    Rings

    Raises
    ------
    Rejected
        If there is no emission, the disc cannot be deprojected, or 3DBAROLO fails or finds no or
        too few rings, for one because the rotation exceeds the band of the cube.
    InputError
        If 3DBAROLO is not installed or a file is not what it should be.
    """
    program = _program()
    data = read_cube(cube)
    intensity, velocity = read_moments(moments, realisation)
    body = main_body(intensity)
    geometry = _geometry(data, intensity, velocity, body, settings)
    count, width_arcsec = ring_layout(
        cube=data, body=body, geometry=geometry, max_rings=settings["max_rings"]
    )
    fit = {
        "cube": data,
        "name": cube.name,
        "geometry": geometry,
        "rings": count,
        "width_arcsec": width_arcsec,
        "free_inclination": settings["inclination"] == "free",
        "inclination_range_deg": settings["inclination_range_deg"],
    }
    files = {"cube": cube, "folder": folder, "distance_mpc": data.header["DISTMPC"]}
    try:
        rings = _attempt(program, parameter_file(threads=settings["threads"], **fit), **files)
    except _CrashError as crash:
        if settings["threads"] == 1:
            raise
        logger.warning("%s; once more with one thread", crash)
        rings = _attempt(program, parameter_file(threads=1, **fit), **files)
    if rings.radius_arcsec.size < settings["min_ring_fraction"] * count:
        raise Rejected(
            f"3DBAROLO fitted {rings.radius_arcsec.size} of {count} rings"
            + (": the band of the cube cuts the line" if _cut_by_band(data, body) else "")
        )
    write_rings(rings, folder / "rings.csv")
    logger.info(
        "%d of %d rings, first guess of the inclination %.1f degrees, fitted %.1f",
        rings.radius_arcsec.size,
        count,
        geometry.inclination_deg,
        rings.inclination_deg[0],
    )
    return rings


def _program() -> Path:
    # its Python package is not imported: that would need distutils
    spec = find_spec("pyBBarolo")
    program = spec and Path(spec.origin).with_name("BBarolo")
    if not program or not program.is_file():
        raise InputError(
            "3DBAROLO is not installed (package pyBBarolo): run `make setup`, which builds it."
        )
    return program


def _geometry(
    cube: Cube, intensity: np.ndarray, velocity: np.ndarray, body: np.ndarray, settings: dict
) -> Geometry:
    free = settings["inclination"] == "free"
    geometry = guess_geometry(
        intensity=intensity,
        velocity_km_s=velocity,
        body=body,
        inclination_deg=None if free else float(settings["inclination"]),
    )
    y, x = np.nonzero(body)
    span, least = np.ptp(geometry.velocity_km_s(x, y)), MIN_SPAN_CHANNELS * cube.channel_width_km_s
    if span < least:
        raise Rejected(
            f"seen face-on: its rotation spans {span:.0f} km/s along the line of sight, less than"
            f" {least:g} km/s"
        )
    low, high = settings["min_inclination_deg"], settings["max_inclination_deg"]
    if not low <= geometry.inclination_deg <= high:
        raise Rejected(
            f"seen at an inclination of {geometry.inclination_deg:.0f} degrees, which is not within"
            f" {low:g} to {high:g}, so its rotation cannot be deprojected"
        )
    return geometry


def _cut_by_band(cube: Cube, body: np.ndarray) -> bool:
    """Return whether the line is high at an end of the band."""
    line = cube.flux_jy_beam[:, body].sum(axis=1)
    return bool(max(line[0], line[-1]) > 0.2 * line.max())


def ring_layout(
    *, cube: Cube, body: np.ndarray, geometry: Geometry, max_rings: int
) -> tuple[int, float]:
    """Return how many rings the gas fills, and their width.

    Parameters
    ----------
    cube : Cube
        Its beam is the width.
    body : ndarray of bool, shape (y, x)
        Pixels with emission.
    geometry : Geometry
        The disc.
    max_rings : int
        More would take long: the rings are then wider.

    Returns
    -------
    count : int
    width_arcsec : float

    Raises
    ------
    Rejected
        If the gas fills no ring.
    """
    width_arcsec = max(cube.beam_fwhm_arcsec)
    count = geometry.rings(body, width_pixels=width_arcsec / _pixel_arcsec(cube))
    if not count:
        raise Rejected("the HI fills no ring of the width of the beam")
    if count > max_rings:
        return max_rings, width_arcsec * count / max_rings
    return count, width_arcsec


def _pixel_arcsec(cube: Cube) -> float:
    return float(np.sqrt(np.prod(cube.pixel_arcsec)))


def parameter_file(
    *,
    cube: Cube,
    name: str,
    geometry: Geometry,
    rings: int,
    width_arcsec: float,
    free_inclination: bool,
    inclination_range_deg: float,
    threads: int,
) -> str:
    """Return the parameters of a fit, in 3DBAROLO's format.

    Velocity, dispersion and position angle of each ring are free, the inclination as asked; the
    centre and the systemic velocity, which the velocity field gives well, are not.
    """
    # "PA" would have the first guess of the outermost ring read from memory that nobody wrote
    angles = "INC PHI" if free_inclination else "PHI"
    edge_pixels = rings * width_arcsec / _pixel_arcsec(cube)
    lines = {
        "FITSFILE": name,
        "OUTFOLDER": _OUTPUT,
        "OUTPREFIX": "galaxy",
        "THREADS": threads,
        # its Fourier transforms crash now and then in two threads, and are slower for a small beam
        "FFT": "false",
        "SHOWBAR": "false",
        "PLOTS": "false",
        "3DFIT": "true",
        "NRADII": rings,
        "RADSEP": f"{width_arcsec:.4f}",
        "XPOS": f"{geometry.x_pixel:.3f}",
        "YPOS": f"{geometry.y_pixel:.3f}",
        "VSYS": f"{geometry.systemic_velocity_km_s:.3f}",
        "VROT": f"{geometry.curve_km_s(edge_pixels):.2f}",
        "VDISP": 10,
        "INC": f"{geometry.inclination_deg:.3f}",
        "DELTAINC": inclination_range_deg,
        "PA": f"{geometry.position_angle_deg:.3f}",
        "Z0": 0,
        "FREE": f"VROT VDISP {angles}",
        "REGTYPE": "inc=median",
        "MASK": "SMOOTH&SEARCHLARGEST",
        "NORM": "LOCAL",
        "DISTANCE": f"{cube.header['DISTMPC']:.6f}",
        "FLAGERRORS": "true",
    }
    return "".join(f"{key:<12}{value}\n" for key, value in lines.items())


class _CrashError(Rejected):
    """3DBAROLO was ended by a signal, which its threads bring about now and then."""


def _attempt(program: Path, text: str, *, cube: Path, folder: Path, distance_mpc: float) -> Rings:
    """Run 3DBAROLO on a cube and return what it wrote; keep its parameters and log in `folder`."""
    with tempfile.TemporaryDirectory(prefix="umbra_barolo_") as name:
        scratch = Path(name)
        (scratch / cube.name).symlink_to(cube.resolve())
        (scratch / "barolo.par").write_text(text)
        _keep(scratch / "barolo.par", folder)
        try:
            status = _call(program, scratch)
        finally:
            _keep(scratch / "barolo.log", folder)
        if status:
            _explain(status, scratch / "barolo.log")
        return read_output(scratch / _OUTPUT, distance_mpc=distance_mpc)


def _call(program: Path, scratch: Path) -> int:
    with open(scratch / "barolo.log", "w") as log:
        try:
            return subprocess.run(
                [program, "-p", "barolo.par"],
                cwd=scratch,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=TIME_LIMIT_S,
            ).returncode
        except subprocess.TimeoutExpired:
            raise Rejected(f"3DBAROLO did not end within {TIME_LIMIT_S} s") from None


def _explain(status: int, log: Path) -> None:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    last = lines[-1] if lines else "without a word"
    if status == 127:  # by the loader
        raise InputError(f"3DBAROLO does not start ({last}): run `make setup`, which builds it.")
    kind = _CrashError if status < 0 else Rejected
    raise kind(f"3DBAROLO failed with status {status}: {last}")


def _keep(file: Path, folder: Path) -> None:
    with atomic(folder / file.name) as temporary:
        shutil.copyfile(file, temporary)
