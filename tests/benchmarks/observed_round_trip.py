"""Galaxies of a run, written as a user's files and read back: what is left of fluxes and maps.

``nice python tests/benchmarks/observed_round_trip.py RUN [--galaxies N]``: RUN is a folder with
``results/photometry``, ``results/hi/cubes`` and ``results/hi/moments`` of a run with the default
configuration. The images are written with pixels of 3.1", turned by 29 deg, in MJy/sr; the cubes as
they are, at a velocity of 1500 km/s. Prints, for each galaxy, each flux over its own, the rms of
each map's difference from its own, and the CPU seconds of the preparation.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from astropy.io import fits
from astropy.wcs import WCS
from reproject import reproject_interp

from umbra.channels import BANDS, CHANNELS
from umbra.config.model import Config
from umbra.constants import ARCSEC_PER_RADIAN, NANOMAGGY_JY
from umbra.observed.preparation import observe
from umbra.observed.saved_networks import definition_of_run
from umbra.observed.table import ObservedGalaxy

PIXEL_ARCSEC, TURNED_DEG, SIDE, SYSTEMIC_KM_S = 3.1, 29.0, 500, 1500.0
TRAINING = definition_of_run(Config())


def other_wcs() -> WCS:
    """Return the coordinates of the user's images."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype, wcs.wcs.crval = ["RA---TAN", "DEC--TAN"], [180.0, 0.0]
    wcs.wcs.crpix = [SIDE / 2 + 3.8, SIDE / 2 - 1.6]
    cos, sin = np.cos(np.radians(TURNED_DEG)), np.sin(np.radians(TURNED_DEG))
    wcs.wcs.cd = np.array([[-cos, sin], [sin, cos]]) * PIXEL_ARCSEC / 3600
    return wcs


def write_files(run: Path, galaxy: str, folder: Path) -> tuple[ObservedGalaxy, dict, dict]:
    """Write the files of a galaxy; return its row, and its own maps and observables."""
    with fits.open(run / f"results/photometry/{galaxy}.fits") as hdus:
        images, header = hdus["R0"].data, hdus["R0"].header
    with fits.open(run / f"results/hi/moments/{galaxy}.fits") as hdus:
        moments, line = hdus["R0"].data, hdus["R0"].header
    wcs, files = other_wcs(), {}
    per_sr = NANOMAGGY_JY * 1e-6 / (8.0625 / ARCSEC_PER_RADIAN) ** 2
    for band, image in zip(BANDS, images, strict=True):
        own = WCS(header).celestial
        turned, _ = reproject_interp((image * per_sr, own), wcs, shape_out=(SIDE, SIDE))
        cards = wcs.to_header()
        cards["BUNIT"] = "MJy/sr"
        files[band] = folder / f"{band}.fits"
        fits.PrimaryHDU(turned, cards).writeto(files[band])
    with fits.open(run / f"results/hi/cubes/{galaxy}_r0.fits") as hdus:
        hdus[0].header["CRVAL3"] += SYSTEMIC_KM_S
        hdus.writeto(folder / "cube.fits")
    row = ObservedGalaxy(
        name=galaxy,
        ra=180,
        dec=0,
        distance_mpc=header["DISTMPC"],
        distance_error_mpc=1,
        cube=folder / "cube.fits",
        **files,
    )
    fluxes = images.sum(axis=(1, 2), dtype=float)
    observables = dict(zip([f"flux_{band}_nanomaggy" for band in BANDS], fluxes, strict=True))
    observables |= {"flux_hi_jy_km_s": line["FLUXHI"], "w50_km_s": line["W50KMS"]}
    return row, dict(zip(CHANNELS, [*images, *moments], strict=True)), observables


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("--galaxies", type=int, default=10)
    arguments = parser.parse_args()
    found = sorted((arguments.run / "results/photometry").glob("*.fits"))
    rows = []
    for path in found[:: max(1, len(found) // arguments.galaxies)]:
        with tempfile.TemporaryDirectory() as folder:
            row, maps, observables = write_files(arguments.run, path.stem, Path(folder))
            start = time.process_time()
            seen = observe(row, training=TRAINING)
            seconds = time.process_time() - start
        ratios = {name: seen.observables[name] / value for name, value in observables.items()}
        rms = {
            f"rms {name}": np.sqrt(np.nanmean((seen.channels[name] - own) ** 2))
            for name, own in maps.items()
        }
        rows.append({"galaxy": path.stem, **ratios, **rms, "cpu s": seconds})
    table = pd.DataFrame(rows).set_index("galaxy")
    print(table.round(4).T.to_string())
    print(table.describe().loc[["min", "50%", "max"]].round(4).T.to_string())


if __name__ == "__main__":
    main()
