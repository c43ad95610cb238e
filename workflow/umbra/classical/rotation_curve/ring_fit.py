"""The rotation curve of an HI cube: tilted rings from a first guess of the disc.

The first guess comes from the velocity field; 3DBAROLO then fits the rings to the cube.
"""

import logging
from pathlib import Path

import numpy as np

from umbra.classical.rotation_curve.barolo import RingModel, run_barolo
from umbra.classical.rotation_curve.gas_maps import GasMaps, read_gas_maps
from umbra.classical.rotation_curve.rings import Rings, write_rings
from umbra.classical.rotation_curve.velocity_field import Geometry, guess_geometry, main_body
from umbra.config.rotation_curve import RingSettings
from umbra.errors import MAKE_AGAIN, Rejected
from umbra.hi.reading import Cube, read_cube

logger = logging.getLogger(__name__)

# A velocity field that spans fewer channels does not constrain the inclination.
MIN_SPAN_CHANNELS = 4
# 3DBAROLO gets the channels within this distance of the velocity field, five dispersions of the
# gas, because its time grows with the number of channels.
_MARGIN_KM_S = 60.0
# The pixels of wide rings are averaged until a ring is this many wide, or less than twice as many.
_PIXELS_PER_RING = 2.0


def fit_rings(
    *, cube: Path, moments: Path, realisation: int, settings: RingSettings, folder: Path
) -> Rings:
    """Fit tilted rings to the HI cube of one realisation and write them.

    Parameters
    ----------
    cube : Path
        HI cube, with distance and beam in its header.
    moments : Path
        Moment maps of the galaxy, for the first guess.
    realisation : int
        Number of the realisation.
    settings : RingSettings
        How the rings are fitted.
    folder : Path
        Folder for ``rings.csv``, and for the parameter file and the log of each fit, which are
        written even if 3DBAROLO fails.

    Returns
    -------
    Rings

    Raises
    ------
    Rejected
        If `tilted_rings` cannot fit them.
    InputError
        If 3DBAROLO is not installed or a file is not valid.
    """
    data = read_cube(cube, remedy=MAKE_AGAIN)
    maps = read_gas_maps(moments, realisation)
    name = cube.with_suffix(".fits").name
    rings = tilted_rings(data, maps, settings=settings, name=name, folder=folder)
    write_rings(rings, folder / "rings.csv")
    return rings


def tilted_rings(
    cube: Cube, maps: GasMaps, *, settings: RingSettings, name: str, folder: Path
) -> Rings:
    """Fit tilted rings to an HI cube.

    Parameters
    ----------
    cube : Cube
        HI cube, with the distance in its header.
    maps : GasMaps
        Its moment maps, for the first guess.
    settings : RingSettings
        How the rings are fitted.
    name : str
        File name of the cube in 3DBAROLO's parameters.
    folder : Path
        Folder for the parameter file and the log of each fit.

    Returns
    -------
    Rings

    Raises
    ------
    Rejected
        If there is no emission, if the disc cannot be deprojected, or if 3DBAROLO fails or fits too
        few rings (for example because the rotation exceeds the band of the cube).
    InputError
        If 3DBAROLO is not installed.
    """
    body = main_body(maps.intensity)
    geometry = _geometry(cube, maps, body, settings)
    count, width_arcsec = ring_layout(
        cube=cube, body=body, geometry=geometry, max_rings=settings.max_rings
    )
    # The time of a fit grows faster than the number of pixels, of which wide rings need fewer.
    bins = max(1, int(width_arcsec / (_PIXELS_PER_RING * cube.pixel_side_arcsec)))
    model = RingModel(
        geometry=geometry.binned(bins),
        count=count,
        width_arcsec=width_arcsec,
        free_inclination=settings.inclination == "free",
        inclination_range_deg=settings.inclination_range_deg,
    )
    seen = maps.velocity_km_s[body]
    line = cube.between(seen.min() - _MARGIN_KM_S, seen.max() + _MARGIN_KM_S)
    rings = run_barolo(name, line.binned(bins), model, folder=folder)
    if rings.radius_arcsec.size < settings.min_ring_fraction * count:
        raise Rejected(
            f"3DBAROLO fitted {rings.radius_arcsec.size} of {count} rings"
            + (": the band of the cube cuts the line" if _cut_by_band(cube, body) else "")
        )
    logger.info(
        "%d of %d rings, first guess of the inclination %.1f degrees, fitted %.1f",
        rings.radius_arcsec.size,
        count,
        geometry.inclination_deg,
        rings.inclination_deg[0],
    )
    return rings


def _geometry(cube: Cube, maps: GasMaps, body: np.ndarray, settings: RingSettings) -> Geometry:
    """Guess the geometry; raise Rejected if the disc cannot be deprojected."""
    free = settings.inclination == "free"
    geometry = guess_geometry(
        intensity=maps.intensity,
        velocity_km_s=maps.velocity_km_s,
        body=body,
        inclination_deg=None if free else float(settings.inclination),
    )
    y, x = np.nonzero(body)
    span = np.ptp(geometry.velocity_km_s(x, y))
    min_span = MIN_SPAN_CHANNELS * cube.channel_width_km_s
    if span < min_span:
        raise Rejected(
            f"seen face-on: its rotation spans {span:.0f} km/s along the line of sight, less than"
            f" {min_span:g} km/s"
        )
    low, high = settings.min_inclination_deg, settings.max_inclination_deg
    if not low <= geometry.inclination_deg <= high:
        raise Rejected(
            f"seen at an inclination of {geometry.inclination_deg:.0f} degrees, which is not within"
            f" {low:g} to {high:g}, so its rotation cannot be deprojected"
        )
    return geometry


def _cut_by_band(cube: Cube, body: np.ndarray) -> bool:
    """Return whether the line is still strong at an end of the band."""
    line = cube.flux_jy_beam[:, body].sum(axis=1)
    return bool(max(line[0], line[-1]) > 0.2 * line.max())


def ring_layout(
    *, cube: Cube, body: np.ndarray, geometry: Geometry, max_rings: int
) -> tuple[int, float]:
    """Return how many rings are fitted, and how wide they are.

    Parameters
    ----------
    cube : Cube
        HI cube; a ring is as wide as its beam.
    body : ndarray of bool, shape (y, x)
        Pixels with emission.
    geometry : Geometry
        How the disc lies on the sky.
    max_rings : int
        Largest number of rings; a disc with room for more gets this number of wider rings.

    Returns
    -------
    count : int
        Number of rings.
    width_arcsec : float
        Width of a ring [arcsec].

    Raises
    ------
    Rejected
        If the gas fills no ring.
    """
    width_arcsec = max(cube.beam_fwhm_arcsec)
    count = geometry.count_rings(body, width_pixels=width_arcsec / cube.pixel_side_arcsec)
    if not count:
        raise Rejected("the HI fills no ring of the width of the beam")
    if count > max_rings:
        return max_rings, width_arcsec * count / max_rings
    return count, width_arcsec
