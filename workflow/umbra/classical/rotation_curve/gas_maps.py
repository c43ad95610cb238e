"""What the rotation-curve method takes from moment maps: those of a run, or of any HI cube."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from umbra.config.hi import MomentSettings
from umbra.faults import plain_reason, unreadable
from umbra.hi.reading import Cube


@dataclass(frozen=True)
class GasMaps:
    """Intensity and velocity of the HI of a galaxy.

    Parameters
    ----------
    intensity : ndarray, shape (y, x)
        Moment 0 [Jy/beam km/s]; NaN where masked.
    velocity_km_s : ndarray, shape (y, x)
        Moment 1 [km/s]; NaN where masked.
    beam_fwhm_arcsec : tuple of float
        Major and minor FWHM of the beam [arcsec].
    pixel_arcsec : float
        Side of a square as large as a pixel [arcsec].
    distance_mpc : float
        Distance of the galaxy [Mpc].
    """

    intensity: np.ndarray
    velocity_km_s: np.ndarray
    beam_fwhm_arcsec: tuple[float, float]
    pixel_arcsec: float
    distance_mpc: float


def read_gas_maps(path: Path, realisation: int) -> GasMaps:
    """Read the moment maps of a realisation.

    Parameters
    ----------
    path : Path
        Moment maps of the galaxy.
    realisation : int
        Number of the realisation.

    Returns
    -------
    GasMaps

    Raises
    ------
    Damaged
        If the file has no moment maps of this realisation.
    InputError
        If the system does not let it be read.
    """
    from astropy.io import fits  # its import is slow, and not every user of this module reads maps

    try:
        with fits.open(path, memmap=False) as hdus:
            header, maps = hdus[f"R{realisation}"].header, hdus[f"R{realisation}"].data
            intensity, velocity = np.asarray(maps, dtype=float)[:2]
            return GasMaps(
                intensity,
                velocity,
                beam_fwhm_arcsec=(header["BMAJ"] * 3600, header["BMIN"] * 3600),
                pixel_arcsec=float(np.sqrt(abs(header["CDELT1"] * header["CDELT2"]))) * 3600,
                distance_mpc=header["DISTMPC"],
            )
    except (OSError, KeyError, IndexError, ValueError) as error:
        damaged = (
            f"{path} holds no moment maps of realisation {realisation} ({plain_reason(error)});"
            " delete it and make it again, or set rotation_curve.realisation to one that exists."
        )
        raise unreadable(error, path, damaged) from error


def gas_maps_of(cube: Cube, moments: MomentSettings) -> GasMaps:
    """Make the maps of a cube, in its own pixels.

    Parameters
    ----------
    cube : Cube
        HI cube, with the distance in the card DISTMPC.
    moments : MomentSettings
        Clipping of voxels, and the limit on the intensity of a pixel.

    Returns
    -------
    GasMaps
    """
    from umbra.hi.moments import moment_maps
    from umbra.hi.source_finding import emission

    maps = moment_maps(cube, emission(cube, clip_sigma=moments.clip_sigma), moments)
    return GasMaps(
        maps[0],
        maps[1],
        beam_fwhm_arcsec=cube.beam_fwhm_arcsec,
        pixel_arcsec=cube.pixel_side_arcsec,
        distance_mpc=cube.header["DISTMPC"],
    )
