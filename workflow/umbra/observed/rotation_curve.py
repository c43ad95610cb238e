"""The classical answer for a user's galaxy: rings on its own cube, and their mass model.

The functions are those of the rotation curves of the run (`umbra.classical.rotation_curve`). The
prior on the distance is that of the user's table.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from umbra.classical.rotation_curve.galaxy_fit import PreparedFit, prepare_fit
from umbra.classical.rotation_curve.gas import gas_profile
from umbra.classical.rotation_curve.gas_maps import GasMaps, gas_maps_of
from umbra.classical.rotation_curve.light.disc_table import read_disc
from umbra.classical.rotation_curve.mass_model import (
    RotationCurve,
    dark_matter_mass,
    model_velocity,
)
from umbra.classical.rotation_curve.posterior import (
    Posterior,
    fit_rotation_curve,
    write_mass_dm,
    write_posterior,
)
from umbra.classical.rotation_curve.ring_fit import tilted_rings
from umbra.classical.rotation_curve.rings import Rings, read_rings, write_rings
from umbra.classical.rotation_curve.stars import (
    StellarComponent,
    stars_of_light,
    stars_of_rotation,
)
from umbra.config.hi import MomentSettings
from umbra.config.rotation_curve import ModelSettings, RingSettings
from umbra.errors import MAKE_AGAIN
from umbra.files import rejection
from umbra.hi.reading import read_cube
from umbra.observed.maps import read_observed_maps
from umbra.physics.cosmology import PLANCK_2015_HUBBLE
from umbra.physics.halo import circular_velocity_squared
from umbra.seeds import Stage, generator, named
from umbra.tables import write_table

COMPONENTS = ("total", "dark_matter", "stars", "gas")
ENDS = ("", "_lower_68", "_upper_68")
MODEL_VELOCITY_COLUMNS: dict[str, type] = {
    "radius_kpc": float,
    **{f"{name}{end}": float for name in COMPONENTS for end in ENDS},
}
_PERCENTILES = (50, 16, 84)
_POINTS = 60  # of the curves of a model


def fit_observed_rings(
    *, cube: Path, moments: MomentSettings, settings: RingSettings, rings: Path
) -> None:
    """Fit tilted rings to a user's HI cube.

    Parameters
    ----------
    cube : Path
        ``cube.fits``, with the distance in its header.
    moments : MomentSettings
        How the emission is found.
    settings : RingSettings
        How the rings are fitted.
    rings : Path
        ``rings.csv``; 3DBAROLO's parameters and logs are beside it.

    Raises
    ------
    Rejected
        If the disc cannot be deprojected, or 3DBAROLO fails.
    """
    data = read_cube(cube, remedy=MAKE_AGAIN)
    maps = gas_maps_of(data, moments)
    found = tilted_rings(data, maps, settings=settings, name=cube.name, folder=rings.parent)
    write_rings(found, rings)


def fit_observed_mass(
    *,
    name: str,
    rings: Path,
    cube: Path,
    maps: Path,
    disc: Path,
    moments: MomentSettings,
    settings: ModelSettings,
    radius_kpc: np.ndarray,
    seed: int,
    posterior: Path,
    mass: Path,
    velocities: Path,
) -> None:
    """Fit the mass model to the rings of a user's galaxy.

    Parameters
    ----------
    name : str
        The galaxy; the random numbers depend on it.
    rings, cube, maps : Path
        ``rings.csv``, ``cube.fits`` and ``maps.fits``.
    disc : Path
        ``disc.csv``, or the marker that there is no light; then the stars follow from the rotation.
    moments : MomentSettings
        How the emission of the cube is found, for the gas.
    settings : ModelSettings
        How the model is fitted. The prior on the distance is not from here.
    radius_kpc : ndarray, shape (radii,)
        Radii at which the dark-matter mass is wanted [kpc].
    seed : int
        The run's seed.
    posterior, mass : Path
        The files to write, as of the rotation curves of the run.
    velocities : Path
        ``velocities.csv`` with `MODEL_VELOCITY_COLUMNS`: circular velocities of the model [km/s].

    Raises
    ------
    Rejected
        If the curve cannot be fitted, or the fit does not converge.
    """
    shown = read_observed_maps(maps)
    hi_maps = gas_maps_of(read_cube(cube, remedy=MAKE_AGAIN), moments)
    measured = read_rings(rings)
    stars = _stars(disc, measured, hi_maps, shown.shown_distance_mpc, settings)
    prepared = prepare_fit(
        measured,
        hi_maps,
        stars,
        settings=settings,
        distance_error_mpc=shown.distance_error_mpc,
    )
    found = fit_rotation_curve(
        prepared.curve,
        prepared.priors,
        hubble=PLANCK_2015_HUBBLE,
        rng=generator(seed, Stage.OBSERVED_ROTATION, named(name)),
        halo=settings.halo,
        max_steps=settings.max_steps,
    )
    write_posterior(found, posterior)
    write_mass_dm(found, radius_kpc, prepared.baryons(radius_kpc), mass, hubble=PLANCK_2015_HUBBLE)
    table = _velocities(prepared, found, measured)
    write_table(table, velocities, formats=dict.fromkeys(MODEL_VELOCITY_COLUMNS, ".5g"))


def _stars(
    disc: Path,
    rings: Rings,
    maps: GasMaps,
    shown_distance_mpc: float,
    settings: ModelSettings,
) -> StellarComponent:
    if rejection(disc) is not None:
        return stars_of_rotation(rings, gas_profile(maps, rings).mass_msun)
    # The light was measured on maps that show the galaxy from another distance.
    return stars_of_light(read_disc(disc), distance_mpc=shown_distance_mpc, settings=settings)


def _velocities(prepared: PreparedFit, posterior: Posterior, rings: Rings) -> pd.DataFrame:
    """Return the circular velocities of the model and of its parts, out to the last ring."""
    radius = np.linspace(0, rings.radius_kpc[-1] * 1.1, _POINTS + 1)[1:]
    baryons = prepared.baryons(radius)
    at_rest = RotationCurve(
        **vars(baryons),
        velocity_km_s=np.zeros_like(radius),
        error_km_s=np.ones_like(radius),
        inclination_deg=90.0,
    )
    # At 90 degrees, seen as at the inclination of each draw, nothing is projected.
    samples = posterior.samples.copy()
    samples[:, -1] = 90.0
    upsilon, _, _, distance, _ = samples.T[:, :, None]
    stretch = distance / baryons.distance_mpc
    dm = dark_matter_mass(radius, samples, baryons, hubble=PLANCK_2015_HUBBLE, halo=posterior.halo)
    parts = {
        "total": model_velocity(samples, at_rest, hubble=PLANCK_2015_HUBBLE, halo=posterior.halo),
        "dark_matter": np.sqrt(circular_velocity_squared(dm, radius)),
        "stars": np.sqrt(stretch * upsilon * baryons.stellar_velocity_squared),
        "gas": _signed_root(stretch * baryons.gas_velocity_squared),
    }
    columns = {"radius_kpc": radius}
    for part, values in parts.items():
        ends = np.percentile(values, _PERCENTILES, axis=0)
        columns |= {f"{part}{end}": row for end, row in zip(ENDS, ends, strict=True)}
    return pd.DataFrame(columns)


def _signed_root(squared: np.ndarray) -> np.ndarray:
    """Return a velocity, negative where gas pulls outward."""
    return np.sign(squared) * np.sqrt(np.abs(squared))
