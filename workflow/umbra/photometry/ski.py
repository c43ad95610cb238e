"""SKIRT's input for a galaxy: a ski file, and tables of the stars and the gas.

The model is that of Rodriguez-Gomez et al. (2019, section 3.1): BC03 spectra for stars older than
10 Myr, MAPPINGS III spectra for younger ones, dust of Zubko et al. (2004) in star-forming gas, on
the Voronoi mesh of the simulation.
"""

from pathlib import Path

from umbra.config.observation import ImageSettings
from umbra.config.photometry import SkiSettings
from umbra.errors import Rejected
from umbra.files import atomic
from umbra.observation.orientation import skirt_angles_deg
from umbra.observation.realisations import Realisation, draw_realisations
from umbra.observation.sky_grid import SkyGrid
from umbra.photometry import particle_tables
from umbra.photometry import ski_template as template
from umbra.seeds import Stage, generator
from umbra.simulation.cutout import Cutout, read_cutout

SKI_FILE = "galaxy.ski"
STARS_FILE = "stars.txt"
YOUNG_STARS_FILE = "young_stars.txt"
GAS_FILE = "gas.txt"

MAX_SEED = 1_000_000  # of SKIRT; 0 is its default
FULL_RANGE_MICRON = (0.09, 100)
# The wavelengths that the instruments record. Without dust emission no packet is needed elsewhere.
INSTRUMENT_RANGE_MICRON = {"bands": (0.28, 1.2), "log": (0.09, 3.7)}


def write_ski(
    *,
    cutout: Path,
    seed: int,
    observation: ImageSettings,
    photometry: SkiSettings,
    output: Path,
) -> None:
    """Write the ski file and the tables of a galaxy.

    Parameters
    ----------
    cutout : Path
        The galaxy's cutout.
    seed : int
        The run's seed.
    observation : ImageSettings
        How the galaxy is observed.
    photometry : SkiSettings
        Options of the radiative transfer.
    output : Path
        Folder for the files `SKI_FILE`, `STARS_FILE`, `YOUNG_STARS_FILE` and `GAS_FILE`. A table of
        sources without rows is written too, but the ski file does not mention it.

    Raises
    ------
    Rejected
        If the galaxy has no stars or no gas.
    """
    write_inputs(
        galaxy=read_cutout(cutout),
        seed=seed,
        observation=observation,
        photometry=photometry,
        output=output,
    )


def write_inputs(
    *,
    galaxy: Cutout,
    seed: int,
    observation: ImageSettings,
    photometry: SkiSettings,
    output: Path,
) -> None:
    """Write the same files as `write_ski`, from a cutout in memory."""
    old, young = particle_tables.star_tables(galaxy.stars)
    gas = particle_tables.gas_table(galaxy.gas)
    if len(old) + len(young) == 0:
        raise Rejected("no star particles")
    if len(gas) == 0:
        raise Rejected("no gas cells")
    for name, title, columns, rows in (
        (STARS_FILE, "stars older than 10 Myr", particle_tables.STAR_COLUMNS, old),
        (YOUNG_STARS_FILE, "star-forming regions", particle_tables.YOUNG_STAR_COLUMNS, young),
        (GAS_FILE, "gas cells, dense where they form stars", particle_tables.GAS_COLUMNS, gas),
    ):
        particle_tables.write_skirt_table(
            output / name, f"galaxy {galaxy.subhalo_id}: {title}", columns, rows
        )
    families = {
        STARS_FILE: (old, template.STAR_FAMILY),
        YOUNG_STARS_FILE: (young, template.YOUNG_STAR_FAMILY),
    }
    text = ski_text(
        realisations=draw_realisations(seed=seed, galaxy=galaxy.subhalo_id, settings=observation),
        grid=SkyGrid.from_settings(observation),
        families={name: family for name, (rows, family) in families.items() if len(rows)},
        radius_kpc=galaxy.radius_kpc,
        seed=seed,
        photometry=photometry,
    )
    with atomic(output / SKI_FILE) as temporary:
        temporary.write_text(text, encoding="utf-8")


def ski_text(
    *,
    realisations: list[Realisation],
    grid: SkyGrid,
    families: dict[str, str],
    radius_kpc: float,
    seed: int,
    photometry: SkiSettings,
) -> str:
    """Return the text of a ski file.

    Parameters
    ----------
    realisations : list of Realisation
        The galaxy's realisations; each becomes an instrument ``r{k}``.
    grid : SkyGrid
        The pixels of all instruments.
    families : dict of str to str
        File name of each table of sources -> their SED family.
    radius_kpc : float
        Half the side of the cube that is meshed [kpc].
    seed : int
        The run's seed.
    photometry : SkiSettings
        Options of the radiative transfer.

    Returns
    -------
    str
    """
    dust_emission = photometry.simulation_mode == "DustEmission"
    shortest, longest = (
        FULL_RANGE_MICRON if dust_emission else INSTRUMENT_RANGE_MICRON[photometry.instrument_grid]
    )
    rng = generator(seed, Stage.RADIATIVE_TRANSFER, realisations[0].galaxy)
    return template.SKI_TEXT.format(
        mode=photometry.simulation_mode,
        packets=_number(photometry.packets),
        seed=rng.integers(1, MAX_SEED + 1),
        shortest=_number(shortest),
        longest=_number(longest),
        sources="".join(
            template.SOURCE.format(
                table=table, family=family, shortest=_number(shortest), longest=_number(longest)
            )
            for table, family in families.items()
        ),
        emission=template.DUST_EMISSION if dust_emission else template.EXTINCTION_ONLY,
        gas=GAS_FILE,
        box=template.BOX.format(radius_pc=_number(radius_kpc * particle_tables.PC_PER_KPC)),
        dust_to_metals=_number(photometry.dust_to_metals),
        instrument_grid=template.WAVELENGTH_GRIDS[photometry.instrument_grid],
        instruments="".join(_instrument(realisation, grid) for realisation in realisations),
    )


def _instrument(realisation: Realisation, grid: SkyGrid) -> str:
    inclination_deg, azimuth_deg, roll_deg = skirt_angles_deg(realisation.rotation)
    return template.INSTRUMENT.format(
        name=f"r{realisation.number}",
        distance_mpc=_number(realisation.distance_mpc),
        inclination_deg=_number(inclination_deg),
        azimuth_deg=_number(azimuth_deg),
        roll_deg=_number(roll_deg),
        side_pc=_number(grid.side_kpc(realisation.distance_mpc) * particle_tables.PC_PER_KPC),
        pixels=grid.pixels,
    )


def _number(value: float) -> str:
    return f"{value:.15g}"
