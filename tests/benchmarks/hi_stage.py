"""Time of the HI stage, compared with the time of MARTINI alone for the same cells.

``python tests/benchmarks/hi_stage.py [CUTOUT]``: the cutout of a galaxy; the default is a synthetic
disc of 60,000 cells in a halo of 40,000. Everything runs in one process with one thread. The time
of imports is a row of its own, because a job imports once for any number of realisations. So is the
extra time of the first realisation, which loads the compiled loops, or compiles them.
"""

import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))
START = time.process_time(), time.perf_counter()

import numpy as np  # noqa: E402
from astropy import units as u  # noqa: E402
from martini import DataCube, Martini  # noqa: E402
from martini.beams import GaussianBeam  # noqa: E402
from martini.noise import GaussianNoise  # noqa: E402
from martini.sources import SPHSource  # noqa: E402
from martini.spectral_models import GaussianSpectrum  # noqa: E402
from martini.sph_kernels import CubicSplineKernel  # noqa: E402
from scipy.spatial.transform import Rotation  # noqa: E402

from umbra.config.model import Config  # noqa: E402
from umbra.hi.cube import make_cubes  # noqa: E402
from umbra.hi.moments import write_moments  # noqa: E402
from umbra.hi.source import HiSource, hi_source  # noqa: E402
from umbra.observation.realisations import Realisation, draw_realisations  # noqa: E402
from umbra.simulation.cutout import read_cutout  # noqa: E402

sys.path.append(str(Path(__file__).resolve().parents[1] / "builders"))
from hi_discs import disc, write_cutout  # noqa: E402

IMPORTED = time.process_time(), time.perf_counter()
CONFIG = Config()


def write_galaxy(path: Path) -> None:
    """Write the cutout of a disc of 60,000 cells within 40,000 cells of thin, faint gas."""
    rng = np.random.default_rng(1)
    dense = disc(rotation_km_s=lambda radius: 150 + 0 * radius, cells=60_000, radius_kpc=20)
    place = rng.normal(0, 40, (40_000, 3))
    halo = HiSource(
        place, rng.normal(0, 80, (40_000, 3)), *np.outer([1.0, 4.0, 1e5], np.ones(40_000))
    )
    parts = {
        name: np.concatenate([getattr(dense, name), getattr(halo, name)])
        for name in HiSource.__dataclass_fields__
    }
    write_cutout(path, replace(dense, **parts), galaxy=1)


def bare_martini(source: HiSource, realisation: Realisation) -> None:
    """Make one cube as a user of MARTINI would."""
    settings, sky = CONFIG.hi, CONFIG.observation
    right, up, toward = realisation.rotation
    beam_fwhm = settings.beam_fwhm_arcsec * u.arcsec
    beam = GaussianBeam(bmaj=beam_fwhm, bmin=beam_fwhm, truncate=settings.beam_truncation_fwhm)
    rms = settings.noise_rms_jy_arcsec2 * u.Jy / u.arcsec**2
    mock = Martini(
        source=SPHSource(
            distance=realisation.distance_mpc * u.Mpc,
            rotation=Rotation.from_matrix([-toward, -right, up]),
            h=0.0,
            T_g=source.temperature_k * u.K,
            mHI_g=source.hi_mass_msun * u.Msun,
            xyz_g=source.position_kpc * u.kpc,
            vxyz_g=source.velocity_km_s * u.km / u.s,
            hsm_g=source.smoothing_length_kpc * u.kpc,
        ),
        datacube=DataCube(
            n_px_x=sky.pixels,
            n_px_y=sky.pixels,
            n_channels=settings.channels,
            px_size=sky.field_of_view_arcmin / sky.pixels * u.arcmin,
            channel_width=settings.channel_width_km_s * u.km / u.s,
        ),
        beam=beam,
        noise=GaussianNoise(rms=rms * beam.area / u.beam),
        sph_kernel=CubicSplineKernel(),
        spectral_model=GaussianSpectrum(sigma="thermal"),
        quiet=True,
    )
    mock.insert_source_in_cube()
    mock.add_noise()
    mock.convolve_beam()


def timed(function, *arguments, **keywords) -> np.ndarray:
    """Return CPU and wall seconds of a call."""
    before = np.array([time.process_time(), time.perf_counter()])
    function(*arguments, **keywords)
    return np.array([time.process_time(), time.perf_counter()]) - before


def main(folder: Path, cutout: Path | None) -> None:
    """Time MARTINI, the cubes and the moments, and print them."""
    if cutout is None:
        cutout = folder / "1.hdf5"
        write_galaxy(cutout)
    galaxy = read_cutout(cutout)
    source = hi_source(galaxy.gas)
    drawn = draw_realisations(seed=1, galaxy=galaxy.subhalo_id, settings=CONFIG.observation)
    outputs = [folder / f"r{realisation.number}.fits" for realisation in drawn]
    first = timed(bare_martini, source, drawn[0])
    alone = sum(timed(bare_martini, source, realisation) for realisation in drawn)
    sections = {"observation": CONFIG.observation, "telescope": CONFIG.hi}
    cubes = timed(make_cubes, cutout=cutout, seed=1, outputs=outputs, **sections)
    maps = timed(
        write_moments, cubes=outputs, moments=CONFIG.moments, output=folder / "moments.fits"
    )
    print(f"gas cells {len(galaxy.gas.mass_msun)}, with HI that counts {len(source.hi_mass_msun)}")
    print(f"{'':34} CPU [s]  wall [s]")
    rows = {
        "imports (once a process)": np.subtract(IMPORTED, START),
        "first realisation less a later one": first - alone / len(drawn),
        "MARTINI alone, all realisations": alone,
        "cubes stage": cubes,
        "moments stage": maps,
    }
    for name, (cpu, wall) in rows.items():
        print(f"{name:34} {cpu:7.2f} {wall:9.2f}")
    print(
        f"cubes stage / MARTINI: {cubes[0] / alone[0]:.2f} (CPU), {cubes[1] / alone[1]:.2f} (wall)"
    )
    print(f"cubes and moments / MARTINI: {(cubes + maps)[0] / alone[0]:.2f} (CPU)")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        main(Path(temporary), Path(sys.argv[1]) if len(sys.argv) > 1 else None)
