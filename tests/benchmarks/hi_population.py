"""Which lines a band holds, on every view of a run.

``nice python tests/benchmarks/hi_population.py RUN``: a folder with ``results/cutouts`` of the default
configuration. The cubes are made again without noise, in a band of +-800 km/s.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from umbra.config.model import Config
from umbra.hi.cube import observe_hi
from umbra.hi.line import line_width
from umbra.hi.source import hi_source
from umbra.observation.realisations import draw_realisations
from umbra.observation.sky_grid import SkyGrid
from umbra.simulation.cutout import read_cutout

CONFIG = Config()
BANDS = (64, 96, 128, 160, 200)  # channels
WIDE = CONFIG.hi.model_copy(update={"channels": 320, "noise_rms_jy_arcsec2": 0.0})


def noise_free_views(run: Path) -> Iterator[np.ndarray]:
    """Yield the noise-free cube of every view, shape (channels, y, x)."""
    grid = SkyGrid.from_settings(CONFIG.observation)
    for path in sorted((run / "results/cutouts").glob("*.hdf5")):
        galaxy = read_cutout(path)
        source = hi_source(galaxy.gas)
        for realisation in draw_realisations(
            seed=CONFIG.seed, galaxy=galaxy.subhalo_id, settings=CONFIG.observation
        ):
            yield observe_hi(
                source=source,
                realisation=realisation,
                grid=grid,
                telescope=WIDE,
                rng=np.random.default_rng(0),
            )


def line_end_km_s(cube: np.ndarray) -> float:
    """Return the greatest speed at which the line is at 20 % of its peak [km/s]."""
    velocity = (np.arange(len(cube)) - (len(cube) - 1) / 2) * WIDE.channel_width_km_s
    width, middle = line_width(velocity, cube.sum(axis=(1, 2), dtype=float), fraction=0.2)
    return abs(middle) + width / 2


def main(run: Path) -> None:
    """Print which share of the lines each band cuts."""
    ends = np.array([line_end_km_s(cube) for cube in noise_free_views(run)])
    print(f"{len(ends)} views; the lines end at {np.percentile(ends, [50, 90, 99, 100])} km/s")
    for channels in BANDS:
        last = (channels - 1) / 2 * WIDE.channel_width_km_s
        print(f"{channels:4d} channels: {np.mean(ends > last):6.1%} of the lines are cut")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
