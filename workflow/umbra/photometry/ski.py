"""What the radiative transfer is told of a galaxy: a ski and the tables of its stars and gas.

Follows Rodriguez-Gomez et al. (2019, section 3.1): BC03 spectra of stars older than 10 Myr,
MAPPINGS III of younger ones, Zubko et al. (2004) dust in star-forming gas, on the TNG mesh.
"""

from pathlib import Path

from umbra.errors import Rejected
from umbra.files import atomic
from umbra.observation.orientation import skirt_angles_deg
from umbra.observation.realisations import Realisation, draw_realisations
from umbra.observation.sky_grid import SkyGrid
from umbra.photometry import particle_tables
from umbra.photometry import ski_template as template
from umbra.seeds import Stage, generator
from umbra.simulation.cutout import Cutout, read_cutout

SKI = "galaxy.ski"
STARS = "stars.txt"
YOUNG_STARS = "young_stars.txt"
GAS = "gas.txt"

FULL_RANGE_MICRON = (0.09, 100)
# Where an instrument records anything; other packets would be wasted if nothing heats dust.
INSTRUMENT_RANGE_MICRON = {"bands": (0.28, 1.2), "log": (0.09, 3.7)}


def write_ski(
    *, cutout: Path, seed: int, observation: dict, photometry: dict, output: Path
) -> None:
    """Write the ski and the tables of a galaxy.

    Parameters
    ----------
    cutout : Path
        The galaxy's cutout.
    seed : int
        The run's seed.
    observation, photometry : dict
        These sections of the configuration.
    output : Path
        Folder in which `SKI`, `STARS`, `YOUNG_STARS` and `GAS` appear. A table without rows is
        written, but the ski does not mention it.

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
    *, galaxy: Cutout, seed: int, observation: dict, photometry: dict, output: Path
) -> None:
    """Do what `write_ski` does for a cutout that is in memory."""
    old, young = particle_tables.star_tables(galaxy.stars)
    gas = particle_tables.gas_table(galaxy.gas)
    if len(old) + len(young) == 0:
        raise Rejected("no star particles")
    if len(gas) == 0:
        raise Rejected("no gas cells")
    for name, title, columns, rows in (
        (STARS, "stars older than 10 Myr", particle_tables.STAR_COLUMNS, old),
        (YOUNG_STARS, "star-forming regions", particle_tables.YOUNG_STAR_COLUMNS, young),
        (GAS, "gas cells, dense where they form stars", particle_tables.GAS_COLUMNS, gas),
    ):
        particle_tables.write_table(
            output / name, f"galaxy {galaxy.subhalo_id}: {title}", columns, rows
        )
    families = {STARS: (old, template.STARS), YOUNG_STARS: (young, template.YOUNG_STARS)}
    text = ski_text(
        realisations=draw_realisations(seed=seed, galaxy=galaxy.subhalo_id, **observation),
        grid=SkyGrid(observation["pixels"], observation["field_of_view_arcmin"]),
        families={name: family for name, (rows, family) in families.items() if len(rows)},
        radius_kpc=galaxy.radius_kpc,
        seed=seed,
        photometry=photometry,
    )
    with atomic(output / SKI) as temporary:
        temporary.write_text(text)


def ski_text(
    *,
    realisations: list[Realisation],
    grid: SkyGrid,
    families: dict[str, str],
    radius_kpc: float,
    seed: int,
    photometry: dict,
) -> str:
    """Return the text of a ski.

    Parameters
    ----------
    realisations : list of Realisation
        The galaxy's realisations; each becomes an instrument ``r{k}``.
    grid : SkyGrid
        The pixels of all instruments.
    families : dict
        File name and SED family of each source.
    radius_kpc : float
        Half the side of the cube that is meshed [kpc].
    seed : int
        The run's seed.
    photometry : dict
        This section of the configuration.

    Returns
    -------
    str
    """
    dust_emission = photometry["simulation_mode"] == "DustEmission"
    bands = photometry["instrument_grid"] == "bands"
    shortest, longest = (
        FULL_RANGE_MICRON
        if dust_emission
        else INSTRUMENT_RANGE_MICRON[photometry["instrument_grid"]]
    )
    rng = generator(seed, Stage.RADIATIVE_TRANSFER, realisations[0].galaxy)
    return template.SKI.format(
        mode=photometry["simulation_mode"],
        packets=_number(photometry["packets"]),
        seed=rng.integers(1, 2**31 - 1),
        shortest=_number(shortest),
        longest=_number(longest),
        sources="".join(
            template.SOURCE.format(
                table=table, family=family, shortest=_number(shortest), longest=_number(longest)
            )
            for table, family in families.items()
        ),
        emission=template.DUST_EMISSION if dust_emission else template.EXTINCTION_ONLY,
        gas=GAS,
        box=template.BOX.format(radius_pc=_number(radius_kpc * particle_tables.PC_PER_KPC)),
        dust_to_metals=_number(photometry["dust_to_metals"]),
        instrument_grid=template.BANDS_GRID if bands else template.LOG_GRID,
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
