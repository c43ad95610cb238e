"""A made-up galaxy that SKIRT must accept before the radiative transfer of any real one.

A ski of the run differs from galaxy to galaxy in its seed, its directions and its box alone. What
SKIRT refuses in one, it refuses in all: an option, a resource that is not installed, an executable
that does not run on this machine. It is found here in one job, before there is a galaxy.
"""

from pathlib import Path

import numpy as np

from umbra.config.observation import ImageSettings
from umbra.config.photometry import SkiSettings
from umbra.files import atomic
from umbra.photometry.radiative_transfer import emulate_skirt
from umbra.photometry.ski import SKI_FILE, write_inputs
from umbra.seeds import Stage, generator
from umbra.simulation.cutout import Cutout, DarkMatter, Gas, Stars

PARTICLES = 200
RADIUS_KPC = 10.0


def check_skirt(
    *,
    engine: str,
    seed: int,
    observation: ImageSettings,
    photometry: SkiSettings,
    accepted: Path,
) -> None:
    """Let SKIRT set up the ski of a made-up galaxy, with the options of the run.

    Parameters
    ----------
    engine : str
        A SKIRT executable, as for `umbra.photometry.radiative_transfer.executable`.
    seed : int
        The run's seed.
    observation : ImageSettings
        How galaxies are observed.
    photometry : SkiSettings
        Options of the radiative transfer.
    accepted : Path
        File that is written if SKIRT accepts the ski. The ski and its tables stay beside it, so
        that SKIRT can be called with them by hand.

    Raises
    ------
    InputError
        If SKIRT refuses the ski, with its reason.
    """
    write_inputs(
        galaxy=trial_galaxy(seed),
        seed=seed,
        observation=observation,
        photometry=photometry,
        output=accepted.parent,
    )
    ski = accepted.parent / SKI_FILE
    emulate_skirt(engine=engine, ski=ski)
    with atomic(accepted) as temporary:
        temporary.write_text(f"{engine} accepts {ski}\n", encoding="utf-8")


def trial_galaxy(seed: int) -> Cutout:
    """Return a ball of old stars, young stars and gas that forms stars.

    Parameters
    ----------
    seed : int
        The run's seed.

    Returns
    -------
    Cutout
    """
    rng = generator(seed, Stage.RADIATIVE_TRANSFER)

    def constant(value: float) -> np.ndarray:
        return np.full(PARTICLES, value)

    def ball() -> dict[str, np.ndarray]:
        return {
            "position_kpc": rng.normal(scale=RADIUS_KPC / 5, size=(PARTICLES, 3)),
            "velocity_km_s": np.zeros((PARTICLES, 3)),
            "mass_msun": constant(1e6),
            "metallicity": constant(0.02),
        }

    stars = Stars(
        **ball(),
        initial_mass_msun=constant(1e6),
        age_yr=np.where(np.arange(PARTICLES) % 2, 5e6, 5e9),
    )
    gas = Gas(
        **ball(),
        density_msun_kpc3=constant(1e6),
        internal_energy_km2_s2=constant(100.0),
        temperature_k=constant(8e3),
        hydrogen_fraction=constant(0.76),
        neutral_hydrogen_fraction=constant(1.0),
        star_formation_rate_msun_yr=constant(0.01),
    )
    none = DarkMatter(np.zeros((0, 3)), np.zeros(0))
    return Cutout(0, RADIUS_KPC, gas=gas, stars=stars, dark_matter=none)
