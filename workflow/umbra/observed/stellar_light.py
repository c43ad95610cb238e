"""The light of a user's galaxy: its disc, its stellar mass, and the halo that such galaxies have.

The light is that of the maps that the networks see, in which the galaxy is shown from a distance of
the training: a surface brightness does not depend on it, and masses are worked out with it.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from umbra.classical.rotation_curve.light.disc_table import write_disc
from umbra.classical.rotation_curve.light.isophotes import photutils_isophotes
from umbra.classical.rotation_curve.light.profile import image_of_band, light_of, write_light
from umbra.classical.rotation_curve.mass_to_light import (
    BELL_SCATTER_DEX,
    bell2003_mass_to_light,
    luminosity_lsun,
)
from umbra.classical.rotation_curve.posterior import MASS_COLUMNS
from umbra.errors import Rejected
from umbra.observation.sky_grid import SkyGrid
from umbra.observed.maps import ObservedMaps, read_observed_maps
from umbra.observed.training_images import TrainingImages
from umbra.photometry.sdss import NANOMAGGY_ZERO_POINT
from umbra.physics.cosmology import PLANCK_2015_HUBBLE
from umbra.physics.stellar_to_halo import draw_dark_matter, draw_halo_masses
from umbra.seeds import Stage, generator, named
from umbra.tables import write_table

# Masses [Msun] as log10, a row each.
STELLAR_MASS_COLUMNS: dict[str, type] = {
    "quantity": str,
    "log10_median": float,
    "log10_lower_68": float,
    "log10_upper_68": float,
}
_DRAWS = 4000
_PERCENTILES = (50, 16, 84)


def measure_observed_light(
    *, maps: Path, training: TrainingImages, light: Path, disc: Path
) -> None:
    """Measure the light profile of a user's galaxy with photutils, and fit its disc.

    Parameters
    ----------
    maps : Path
        ``maps.fits``.
    training : TrainingImages
        How the maps were made.
    light, disc : Path
        The files to write.

    Raises
    ------
    Rejected
        If there are no images in g and r, or no disc can be fitted to them.
    """
    pixel_arcsec = SkyGrid.from_settings(training.observation).pixel_arcsec
    channels = _green_and_red(read_observed_maps(maps)).channels
    green, red = (
        image_of_band(
            channels[band].astype(float),
            band=band,
            pixel_arcsec=pixel_arcsec,
            imaging=training.photometry,
        )
        for band in "gr"
    )
    isophotes, found = light_of(photutils_isophotes(green), green, red, method="photutils")
    write_light(isophotes, light)
    write_disc(found, disc)


def write_stellar_halo(
    *, maps: Path, radius_kpc: np.ndarray, seed: int, masses: Path, profile: Path
) -> None:
    """Write the stellar mass of a user's galaxy, and the dark matter that such galaxies have.

    The stellar mass is the r luminosity times the mass-to-light ratio of the colour g - r. Its
    error is that of this relation and of the distance.

    Parameters
    ----------
    maps : Path
        ``maps.fits``, with the fluxes of the whole galaxy among its observables.
    radius_kpc : ndarray, shape (radii,)
        Radii of the profile [kpc].
    seed : int
        The run's seed.
    masses : Path
        CSV with `STELLAR_MASS_COLUMNS`: rows ``stellar_mass`` and ``m200``.
    profile : Path
        CSV with the columns of ``mass.csv``.

    Raises
    ------
    Rejected
        If there are no images in g and r, or no light in them.
    """
    shown = _green_and_red(read_observed_maps(maps))
    stellar, error = log10_stellar_mass(shown)
    rng = generator(seed, Stage.STELLAR_HALO, named(shown.name))
    m200 = draw_halo_masses(stellar, error, number=_DRAWS, rng=rng)
    dm = draw_dark_matter(m200, radius_kpc, hubble=PLANCK_2015_HUBBLE, rng=rng)
    halo = np.percentile(np.log10(m200), _PERCENTILES)
    rows = [("stellar_mass", stellar, stellar - error, stellar + error), ("m200", *halo)]
    write_table(pd.DataFrame(rows, columns=list(STELLAR_MASS_COLUMNS)), masses)
    columns = (radius_kpc, *np.percentile(np.log10(dm), _PERCENTILES, axis=0))
    write_table(pd.DataFrame(dict(zip(MASS_COLUMNS, columns, strict=True))), profile)


def log10_stellar_mass(shown: ObservedMaps) -> tuple[float, float]:
    """Return log10 of the stellar mass of a galaxy [Msun], and its error [dex].

    References
    ----------
    Bell, McIntosh, Katz & Weinberg 2003, ApJS 149, 289: the mass-to-light ratio, here for the
    initial mass function of Kroupa.
    """
    fluxes = [shown.observables.get(f"flux_{band}_nanomaggy", np.nan) for band in "gr"]
    if not min(fluxes) > 0:  # NaN is no flux either
        raise Rejected("the images have no light in g or in r")
    green, red = NANOMAGGY_ZERO_POINT - 2.5 * np.log10(fluxes)
    luminosity = luminosity_lsun(float(red), distance_mpc=shown.shown_distance_mpc, band="r")
    ratio = bell2003_mass_to_light(float(green - red), band="r", imf="kroupa")
    distance_dex = 2 * shown.distance_error_mpc / shown.distance_mpc / np.log(10)
    return float(np.log10(luminosity * ratio)), float(np.hypot(BELL_SCATTER_DEX, distance_dex))


def _green_and_red(shown: ObservedMaps) -> ObservedMaps:
    missing = [band for band in "gr" if band not in shown.channels]
    if missing:
        raise Rejected(
            f"no image in {' and '.join(missing)}: the stellar mass is measured in g and r"
        )
    return shown
