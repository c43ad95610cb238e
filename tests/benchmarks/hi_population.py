"""Which lines a band holds, and what the source finder keeps of them, on every view of a run.

``nice python tests/benchmarks/hi_population.py RUN [STEP]``: the folder of a run of the default
configuration that still has ``results/cutouts``; every STEP-th galaxy (1). The cubes are made
again, without noise in a band of +-800 km/s. The finder then searches in the configured band, with
the configured noise. What is compared:

- the ideal mask: voxels of the noise-free cube that exceed twice the noise at any resolution;
- false voxels: found, but below 0.3 times the noise at all resolutions in the noise-free cube;
- moments 1 and 2 where N_HI > 1e21 cm^-2 in the noise-free map, moment 0 where it is > 1e20.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from umbra.config.hi import MomentSettings
from umbra.config.model import Config
from umbra.constants import HI_COLUMN_DENSITY_CM2
from umbra.hi.cube import observe_hi
from umbra.hi.line import line_width
from umbra.hi.moments import moment_maps
from umbra.hi.source import hi_source
from umbra.hi.source_finding import emission
from umbra.observation.realisations import draw_realisations
from umbra.observation.sky_grid import SkyGrid
from umbra.simulation.cutout import read_cutout

sys.path.append(str(Path(__file__).resolve().parents[1] / "builders"))
from hi_ideal import correlated_noise, default_cube, exceeding

CONFIG = Config()
BANDS = (64, 96, 128, 160, 200)  # channels
WIDE = CONFIG.hi.model_copy(update={"channels": 320, "noise_rms_jy_arcsec2": 0.0})
ALL_PIXELS = MomentSettings(min_column_density_cm2=0)
JY_BEAM_KM_S_PER_CM2 = CONFIG.hi.beam_fwhm_arcsec**2 / HI_COLUMN_DENSITY_CM2


def noise_free_views(run: Path, step: int) -> Iterator[np.ndarray]:
    """Yield the noise-free cube of every view, shape (channels, y, x)."""
    grid = SkyGrid.from_settings(CONFIG.observation)
    for path in sorted((run / "results/cutouts").glob("*.hdf5"))[::step]:
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
    """Return the greatest speed at which the line is at 20 % of a horn's peak [km/s]."""
    velocity = (np.arange(len(cube)) - (len(cube) - 1) / 2) * WIDE.channel_width_km_s
    width, middle = line_width(velocity, cube.sum(axis=(1, 2), dtype=float), fraction=0.2)
    return abs(middle) + width / 2


def search(wide: np.ndarray, seed: int) -> dict[str, float]:
    """Return what the finder finds in a view, compared with the noise-free cube."""
    outside = (len(wide) - CONFIG.hi.channels) // 2
    true = wide[outside : len(wide) - outside]
    cube = default_cube(true + correlated_noise(seed=seed, channels=len(true)))
    before = time.process_time()
    found = emission(cube, clip_sigma=CONFIG.moments.clip_sigma)
    maps = moment_maps(cube, found, CONFIG.moments)
    seconds = time.process_time() - before
    ideal, some = exceeding(true, sigma=2), exceeding(true, sigma=0.3)
    kept = cube.flux_jy_beam[found].sum()
    every = np.ones_like(found)
    expected = moment_maps(default_cube(true), every, ALL_PIXELS)
    in_ideal = moment_maps(cube, ideal, CONFIG.moments)
    dense = expected[0] > 1e20 * JY_BEAM_KM_S_PER_CM2
    denser = (expected[0] > 1e21 * JY_BEAM_KM_S_PER_CM2) & np.isfinite(maps[0])
    return {
        "kept flux / true flux": kept / wide.sum(),
        "kept flux / flux in the ideal mask": kept / true[ideal].sum(),
        "flux in the ideal mask / true flux": true[ideal].sum() / wide.sum(),
        "flux of false voxels / kept flux": abs(cube.flux_jy_beam[found & ~some].sum()) / kept,
        "moment 0: rms / rms of the map": _relative_rms(maps[0], expected[0], dense),
        "moment 0: the same for the ideal mask": _relative_rms(in_ideal[0], expected[0], dense),
        "moment 0: sum / true sum": np.nansum(maps[0][dense]) / expected[0][dense].sum(),
        "moment 1 - true [km/s]": np.median((maps - expected)[1][denser]),
        "moment 2 - true [km/s]": np.median((maps - expected)[2][denser]),
        "moment 2, true [km/s]": np.median(expected[2][denser]),
        "CPU of finder and moments [s]": seconds,
    }


def _relative_rms(image: np.ndarray, expected: np.ndarray, where: np.ndarray) -> float:
    difference = (np.nan_to_num(image) - expected)[where]
    return np.sqrt(np.mean(difference**2) / np.mean(expected[where] ** 2))


def main(run: Path, step: int) -> None:
    """Print which share of the lines each band cuts, and percentiles of what the finder keeps."""
    ends, rows = [], []
    for seed, cube in enumerate(noise_free_views(run, step), start=1):
        ends.append(line_end_km_s(cube))
        rows.append(search(cube, seed))
    speeds = np.percentile(ends, [50, 90, 99, 100]).round()
    print(f"{len(ends)} views; lines end at {speeds} km/s (50, 90, 99, 100 %)")
    for channels in BANDS:
        last = (channels - 1) / 2 * WIDE.channel_width_km_s
        print(f"{channels:4d} channels: {np.mean(np.array(ends) > last):6.1%} of the lines are cut")
    print(f"{'':40} {'median':>8} {'5 %':>8} {'95 %':>8} {'least':>8} {'most':>8}")
    for name in rows[0]:
        values = np.percentile([row[name] for row in rows], (50, 5, 95, 0, 100))
        print(f"{name:40} " + " ".join(f"{value:8.4f}" for value in values))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
