"""Noise of the photon packets in the images of a run, next to the noise of SDSS's sky.

``python tests/benchmarks/packet_noise.py RUN [--packets 1e6 ...] [--galaxies 4]`` follows packets
twice, with two seeds, through galaxies of a finished run in equal steps of its list. Half of the
mean square difference of the two images is the variance of one. It is taken over the pixels that
are brighter than the sky's noise. Prints for each number of packets, band by band, the root of that
variance over the sky's noise in a pixel, and the same of the hundredth of the pixels that differ
most, as well as the CPU seconds of an engine.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from umbra.channels import BANDS
from umbra.config.observation import ImageSettings
from umbra.config.photometry import ImagingSettings
from umbra.constants import NANOMAGGY_JY
from umbra.observation.sky_grid import SkyGrid
from umbra.photometry.sdss import read_bands, sky_nanomaggy

SEEDS = (1, 2)


def images(ski: Path, *, packets: float, seed: int, grid: SkyGrid) -> np.ndarray:
    """Return the images (realisations, 5, pixels, pixels) of a galaxy [nanomaggy]."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        shutil.copytree(ski, work, dirs_exist_ok=True)
        text = (work / "galaxy.ski").read_text()
        text = re.sub(r'numPackets="[^"]*"', f'numPackets="{packets:g}"', text)
        (work / "galaxy.ski").write_text(re.sub(r' seed="[^"]*"', f' seed="{seed}"', text))
        program = Path(sys.executable).with_name("umbra-skirt")
        command = [program, "-t", "1", "-i", work, "-o", work, work / "galaxy.ski"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        frames = sorted(work.glob("galaxy_r*_total.fits"))
        cubes = [read_bands(frame, instrument_grid="bands", grid=grid) for frame in frames]
    return np.array(cubes) * (1e6 * grid.pixel_sr / NANOMAGGY_JY)


def sky_noise(grid: SkyGrid) -> np.ndarray:
    """Return the standard deviation of the sky in a pixel of each band (5,) [nanomaggy]."""
    brightness = ImagingSettings().sky_mag_arcsec2
    variances = [
        sky_nanomaggy(band=band, mag_arcsec2=brightness[band], pixel_arcsec=grid.pixel_arcsec)[1]
        for band in BANDS
    ]
    return np.sqrt(variances)


def main() -> None:
    """Print a line for each number of packets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--packets", type=float, nargs="+", default=[1e6])
    parser.add_argument("--galaxies", type=int, default=4)
    options = parser.parse_args()
    grid = SkyGrid.from_settings(ImageSettings())
    every = sorted((options.run / "results/ski").iterdir(), key=lambda path: int(path.name))
    places = np.linspace(0, len(every) - 1, options.galaxies).astype(int)
    sigma = sky_noise(grid)
    for packets in options.packets:
        before, squares = sum(os.times()[:4]), [[] for _ in BANDS]
        for place in places:
            one, two = (
                images(every[place], packets=packets, seed=seed, grid=grid) for seed in SEEDS
            )
            for band, found in enumerate(squares):
                lit = (one[:, band] + two[:, band]) / 2 > sigma[band]
                found.append((one[:, band] - two[:, band])[lit] ** 2 / 2 / sigma[band] ** 2)
        seconds = (sum(os.times()[:4]) - before) / (len(SEEDS) * options.galaxies)
        found = [np.concatenate(one) for one in squares]
        ratios = [np.sqrt(one.mean()) for one in found]
        largest = [np.sqrt(np.sort(one)[-len(one) // 100 :].mean()) for one in found]
        print(f"{packets:g} packets, {seconds:.1f} CPU s a galaxy, photon noise / sky noise")
        for text, values in (("rms", ratios), ("noisiest 1 %", largest)):
            print(f"  {text:12}", *(f"{b} {v:.3f}" for b, v in zip(BANDS, values, strict=True)))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
