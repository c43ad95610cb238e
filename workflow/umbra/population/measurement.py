"""The tables of a population: what its galaxies are like, beside the references."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from umbra.channels import BANDS
from umbra.classical.tully_fisher.baryonic import LINE_COLUMNS, measure_lines
from umbra.constants import ARCSEC_PER_RADIAN
from umbra.errors import InputError, Rejected
from umbra.faults import plain_reason, unreadable
from umbra.files import rejection
from umbra.hi.source import hi_mass_msun
from umbra.population.dust import mesh_dust_ratio
from umbra.population.kinematics import angle_between_deg, rotation_fraction, spin
from umbra.population.light import measure_bands
from umbra.population.references import relation_curves
from umbra.population.summary import summarise_population
from umbra.simulation.cutout import Cutout, read_cutout
from umbra.simulation.galaxies import read_sample
from umbra.tables import MAKE_AGAIN, write_table

if TYPE_CHECKING:
    from astropy.io import fits

logger = logging.getLogger(__name__)

# Sphere of stars and HI whose motions are compared, and that of the HI mass, about half the beam of
# Arecibo at xGASS's distances (45-245 kpc: Stevens et al. 2019, MNRAS 483, 5334).
KINEMATIC_RADIUS_KPC = 30.0
HI_RADIUS_KPC = 70.0

_CATALOGUE = {
    "stellar_mass_msun": "stellar_mass_msun",
    "dm_mass_msun": "dm_mass_msun",
    "gas_mass_msun": "gas_mass_msun",
    "sfr_msun_yr": "sfr_msun_yr",
    "stellar_half_mass_radius_kpc": "half_mass_radius_kpc",
}
POPULATION_COLUMNS: dict[str, type] = {
    "galaxy": int,
    **dict.fromkeys(_CATALOGUE.values(), float),
    "hi_mass_msun": float,
    "hi_fraction": float,
    "rotation_fraction": float,
    "misalignment_deg": float,
    "mesh_dust_ratio": float,
}
POPULATION_IMAGE_COLUMNS: dict[str, type] = {
    **LINE_COLUMNS,
    "petrosian_radius_kpc": float,
    "g_minus_r_mag": float,
    "asymmetry": float,
    "tilt_from_mean": float,
    "g_minus_r_from_mean_mag": float,
}


def write_population(
    *,
    cutouts: Sequence[Path],
    images: Sequence[Path],
    moments: Sequence[Path],
    galaxies_csv: Path,
    galaxies: Path,
    realisations: Path,
    relations: Path,
    summary: Path,
) -> None:
    """Measure galaxies in the files of a run, and compare them with published relations.

    Parameters
    ----------
    cutouts, images, moments : sequence of Path
        ``cutouts/{galaxy}.hdf5``, ``photometry/{galaxy}.fits`` and ``hi/moments/{galaxy}.fits`` of
        the same galaxies in one order; rejected ones are left out.
    galaxies_csv : Path
        ``sample/galaxies.csv``.
    galaxies : Path
        CSV with `POPULATION_COLUMNS`, a row for each galaxy. The first masses, the rate and the
        radius are those of the group catalogue, all others are measured in the cutout.
    realisations : Path
        CSV with `POPULATION_IMAGE_COLUMNS`, a row for each realisation. ``tilt_from_mean`` is 1 -
        cos(inclination), less its mean over the realisations of the galaxy.
    relations : Path
        CSV with `umbra.population.references.RELATION_CURVE_COLUMNS`.
    summary : Path
        CSV with `umbra.population.summary.POPULATION_SUMMARY_COLUMNS`, a row for each reference.

    Raises
    ------
    InputError
        If all galaxies are rejected, or a file is not what its stage writes.
    """
    found = [files for files in zip(cutouts, images, moments, strict=True) if _complete(files)]
    if not found:
        raise InputError("Population: all galaxies are rejected; their logs have the reasons.")
    of_galaxies = measure_galaxies([files[0] for files in found], galaxies_csv=galaxies_csv)
    of_realisations = measure_realisations(
        images=[files[1] for files in found],
        moments=[files[2] for files in found],
        galaxies_csv=galaxies_csv,
    )
    write_table(of_galaxies, galaxies, formats=_formats(POPULATION_COLUMNS))
    write_table(of_realisations, realisations, formats=_formats(POPULATION_IMAGE_COLUMNS))
    write_table(relation_curves(), relations)
    compared = summarise_population(of_galaxies, of_realisations)
    write_table(compared, summary, formats=dict.fromkeys(("value", "error"), ".4g"))
    logger.info(
        "%d galaxies; %d of %d numbers agree", len(found), compared["agrees"].sum(), len(compared)
    )


def _complete(files: Sequence[Path]) -> bool:
    return not any(rejection(path) for path in files)


def _formats(columns: dict[str, type]) -> dict[str, str]:
    return {name: ".6g" for name, kind in columns.items() if kind is float}


def measure_galaxies(cutouts: Sequence[Path], *, galaxies_csv: Path) -> pd.DataFrame:
    """Return the rows of `POPULATION_COLUMNS`, from cutouts and the sample, by stellar mass."""
    sample = read_sample(galaxies_csv, ("subhalo_id", *_CATALOGUE)).set_index("subhalo_id")
    rows = []
    for path in cutouts:
        try:
            cutout = read_cutout(path)
        except Rejected as rejected:  # its images are there, so it was whole before
            raise InputError(str(rejected)) from rejected
        catalogue = sample.loc[cutout.subhalo_id]
        known = {name: float(catalogue[column]) for column, name in _CATALOGUE.items()}
        rows.append({"galaxy": cutout.subhalo_id, **known, **measure_particles(cutout)})
    table = pd.DataFrame(rows).assign(
        hi_fraction=lambda rows: rows["hi_mass_msun"] / rows["stellar_mass_msun"]
    )[list(POPULATION_COLUMNS)]
    return table.sort_values("stellar_mass_msun", kind="stable", ignore_index=True)


def measure_particles(cutout: Cutout) -> dict[str, float]:
    """Measure the particles of a galaxy.

    Parameters
    ----------
    cutout : Cutout
        The galaxy's cutout.

    Returns
    -------
    dict
        The columns of `POPULATION_COLUMNS` that come from particles. Motions are those within
        `KINEMATIC_RADIUS_KPC`, relative to the mean velocity of the stars there.
    """
    hi_msun, stars = hi_mass_msun(cutout.gas), cutout.stars
    distance_kpc = np.linalg.norm(cutout.gas.position_kpc, axis=1)
    near = distance_kpc < KINEMATIC_RADIUS_KPC
    inner = np.linalg.norm(stars.position_kpc, axis=1) < KINEMATIC_RADIUS_KPC
    mass = stars.mass_msun[inner]
    mean = mass @ stars.velocity_km_s[inner] / mass.sum()
    of_stars = (stars.position_kpc[inner], stars.velocity_km_s[inner] - mean, mass)
    of_gas = (cutout.gas.position_kpc[near], cutout.gas.velocity_km_s[near] - mean, hi_msun[near])
    return {
        "hi_mass_msun": float(hi_msun[distance_kpc < HI_RADIUS_KPC].sum()),
        "rotation_fraction": rotation_fraction(*of_stars),
        "misalignment_deg": angle_between_deg(spin(*of_stars), spin(*of_gas)),
        "mesh_dust_ratio": mesh_dust_ratio(cutout.gas, radius_kpc=cutout.radius_kpc),
    }


def measure_realisations(
    *, images: Sequence[Path], moments: Sequence[Path], galaxies_csv: Path
) -> pd.DataFrame:
    """Return the rows of `POPULATION_IMAGE_COLUMNS`, from images, moment maps and the sample."""
    lines = measure_lines(moments=moments, galaxies_csv=galaxies_csv)
    light = pd.DataFrame([row for path in images for row in _light_rows(path)])
    table = lines.merge(light, on=["galaxy", "realisation"], validate="1:1")
    relative = pd.DataFrame(
        {
            "tilt_from_mean": 1 - np.cos(np.radians(table["inclination_deg"])),
            "g_minus_r_from_mean_mag": table["g_minus_r_mag"],
        }
    )
    return table.join(relative - relative.groupby(table["galaxy"]).transform("mean"))


def _light_rows(path: Path) -> list[dict]:
    from astropy.io import fits  # slow import, which those who read the tables do not need

    try:
        with fits.open(path, memmap=False) as hdus:
            planes = [_planes(hdu.header, np.asarray(hdu.data, dtype=float)) for hdu in hdus[1:]]
    except (OSError, KeyError, IndexError, TypeError, ValueError) as error:
        damaged = f"{path}: not a file of images ({plain_reason(error)}); {MAKE_AGAIN}."
        raise unreadable(error, path, damaged) from error
    return [_light_row(*one) for one in planes]


def _planes(
    header: "fits.Header", planes: np.ndarray
) -> tuple[dict[str, int], dict[str, np.ndarray], float]:
    """Return the names of a realisation, its images and the side of their pixels [kpc]."""
    names = {"galaxy": header["GALAXY"], "realisation": header["REALISAT"]}
    bands = {band: planes[BANDS.index(band)] for band in "gri"}
    pixel_kpc = header["CDELT2"] * 3600 / ARCSEC_PER_RADIAN * header["DISTMPC"] * 1e3
    return names, bands, pixel_kpc


def _light_row(names: dict[str, int], bands: dict[str, np.ndarray], pixel_kpc: float) -> dict:
    measured = measure_bands(bands, pixel_kpc=pixel_kpc)
    return {
        **names,
        "petrosian_radius_kpc": measured.petrosian_pixels * pixel_kpc,
        "g_minus_r_mag": measured.g_minus_r_mag,
        "asymmetry": measured.asymmetry,
    }
