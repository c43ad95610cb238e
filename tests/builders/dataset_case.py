"""Builders of small dataset inputs and datasets, in the formats that the stages write."""

from pathlib import Path

import numpy as np
import pandas as pd
from astropy.io import fits

from umbra.config.dataset import DatasetSettings
from umbra.dataset.build import build_dataset
from umbra.dataset.inputs import MASS_PROFILE_COLUMNS
from umbra.tables import write_table

PIXELS, REALISATIONS = 128, 2
RADIUS_KPC = np.geomspace(1, 100, 20)
FRACTIONS = DatasetSettings(train_fraction=0.6, val_fraction=0.2)


def write_realisations(
    path: Path, *, galaxy: int, images: np.ndarray, cards: dict | None = None
) -> None:
    """Write images (realisations, channels, pixels, pixels), one HDU for each realisation."""
    hdus = fits.HDUList([fits.PrimaryHDU()])
    for realisation, image in enumerate(images):
        hdu = fits.ImageHDU(image.astype(np.float32), name=f"R{realisation}")
        hdu.header.update(
            GALAXY=galaxy, REALISAT=realisation, DISTMPC=10.0 + realisation, **(cards or {})
        )
        hdus.append(hdu)
    hdus.writeto(path)


def write_profile(path: Path, *, mass_msun: np.ndarray, particles: np.ndarray) -> None:
    """Write a profile of dark matter, and a tenth of its mass in stars and in gas."""
    table = pd.DataFrame(
        {
            "radius_kpc": RADIUS_KPC,
            "dm_mass_msun": mass_msun,
            "stellar_mass_msun": mass_msun / 10,
            "gas_mass_msun": mass_msun / 10,
            "dm_particles": particles,
            "star_particles": particles,
            "gas_cells": particles,
        }
    )
    write_table(table[list(MASS_PROFILE_COLUMNS)], path)


def discs(*, log10_mass: float, realisations: int, rng: np.random.Generator) -> np.ndarray:
    """Return images (N, 8, pixels, pixels) whose brightness and velocity follow a mass."""
    y, x = np.mgrid[:PIXELS, :PIXELS] - (PIXELS - 1) / 2
    out = np.empty((realisations, 8, PIXELS, PIXELS))
    for realisation in range(realisations):
        angle = rng.uniform(0, 2 * np.pi)
        radius = np.hypot(x, y)
        light = 10 ** (log10_mass - 11) * np.exp(-radius / 8)
        out[realisation, :6] = light + rng.normal(0, 0.02, (6, PIXELS, PIXELS))
        out[realisation, 6] = 200 * (log10_mass - 10.5) * np.cos(np.arctan2(y, x) + angle)
        out[realisation, 7] = 10 + radius / 10
        out[realisation, 5:, radius > 40] = np.nan
    return out


class Inputs:
    """The files of a few galaxies in a folder, and the dataset that is built from them."""

    def __init__(self, folder: Path, *, galaxies: int, seed: int = 3):
        rng = np.random.default_rng(seed)
        self.folder = folder
        self.ids = [7 + 11 * number for number in range(galaxies)]
        self.log10_mass = rng.uniform(11, 12, galaxies)
        for kind in ("photometry", "moments", "profiles"):
            (folder / kind).mkdir(parents=True)
        self.photometry = [folder / "photometry" / f"{galaxy}.fits" for galaxy in self.ids]
        self.moments = [folder / "moments" / f"{galaxy}.fits" for galaxy in self.ids]
        self.profiles = [folder / "profiles" / f"{galaxy}.csv" for galaxy in self.ids]
        self.images = []
        for place, (galaxy, mass) in enumerate(zip(self.ids, self.log10_mass, strict=True)):
            images = discs(log10_mass=mass, realisations=REALISATIONS, rng=rng)
            self.images.append(images.astype(np.float32))
            write_realisations(self.photometry[place], galaxy=galaxy, images=images[:, :5])
            cards = {"FLUXHI": 10 ** (mass - 11), "W50KMS": 100.0, "LINECUT": place == 0}
            write_realisations(
                self.moments[place], galaxy=galaxy, images=images[:, 5:], cards=cards
            )
            profile = 10**mass * RADIUS_KPC / 100
            write_profile(self.profiles[place], mass_msun=profile, particles=np.full(20, 100))

    def build(self, **changes) -> Path:
        """Build ``dataset.hdf5`` and return its path."""
        arguments = {
            "photometry": self.photometry,
            "moments": self.moments,
            "profiles": self.profiles,
            "galaxies": self.ids,
            "seed": 1,
            "settings": FRACTIONS,
            "realisations": REALISATIONS,
            "pixels": PIXELS,
            "distance_relative_error": 0.1,
            "config_digest": "abc",
            "output": self.folder / "dataset.hdf5",
        } | changes
        build_dataset(**arguments)
        return arguments["output"]
