"""A galaxy of a run as other telescopes show it: turned, with other pixels, beams, units and depth.

Nothing is interpolated. The radiative transfer makes its images again, and MARTINI its HI cube.
"""

import re
from dataclasses import replace
from pathlib import Path

import astropy.units as u
import numpy as np
from astropy.io import fits

from umbra.channels import BANDS, CHANNELS
from umbra.config.hi import CubeSettings
from umbra.config.model import Config
from umbra.config.observation import ImageSettings
from umbra.constants import HI_REST_FREQUENCY_HZ
from umbra.dataset.reading import OBSERVABLES, SplitImages
from umbra.hi.beams import beam_area_arcsec2
from umbra.hi.cube import observe_hi
from umbra.hi.source import hi_source
from umbra.observation.realisations import Realisation, draw_realisations
from umbra.observation.sky_grid import SkyGrid
from umbra.observed.maps import ObservedMaps
from umbra.observed.table import ObservedGalaxy
from umbra.photometry.radiative_transfer import run_skirt
from umbra.simulation.cutout import read_cutout

TURNED_DEG, SYSTEMIC_KM_S = 29.0, 1500.0
RA_DEG, DEC_DEG = 150.3, 41.2
# Wider than the field of the training by the corners of a turned square.
CAMERA = SkyGrid(pixels=360, field_of_view_arcmin=24.0)
ARRAY = SkyGrid(pixels=240, field_of_view_arcmin=24.0)
# A sharper beam, wider channels, and a third of the noise of the training.
RECEIVER = CubeSettings(
    channels=140, channel_width_km_s=7.0, beam_fwhm_arcsec=8.0, noise_rms_jy_arcsec2=1.7e-6
)


def turned(realisation: Realisation) -> Realisation:
    """Return a realisation whose camera is turned."""
    cos, sin = np.cos(np.radians(TURNED_DEG)), np.sin(np.radians(TURNED_DEG))
    turn = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
    return replace(realisation, rotation=turn @ realisation.rotation)


def cards(grid: SkyGrid) -> dict[str, float | str]:
    """Return the coordinates of the turned pixels, around the place of the galaxy."""
    cos, sin = np.cos(np.radians(TURNED_DEG)), np.sin(np.radians(TURNED_DEG))
    matrix = np.array([[-cos, sin], [sin, cos]]) * grid.pixel_arcsec / 3600
    found = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": RA_DEG, "CRVAL2": DEC_DEG}
    for row in (1, 2):
        found |= {f"CRPIX{row}": (grid.pixels + 1) / 2, f"CUNIT{row}": "deg"}
        found |= {f"CD{row}_{column}": matrix[row - 1, column - 1] for column in (1, 2)}
    return found


def write_images(ski: Path, realisation: Realisation, folder: Path) -> dict[str, Path]:
    """Make the images of a galaxy with its ski file and tables; return band -> file in MJy/sr."""
    for table in ski.parent.glob("*.txt"):
        (folder / table.name).symlink_to(table.resolve())
    seen, text = turned(realisation), ski.read_text()
    side_pc = CAMERA.side_kpc(seen.distance_mpc) * 1e3
    new = {"instrumentName": "r0", "distance": f"{seen.distance_mpc} Mpc"}
    for angle in ("inclination", "azimuth", "roll"):
        new[angle] = f"{getattr(seen, f'{angle}_deg')} deg"
    for axis in "XY":
        new |= {f"numPixels{axis}": CAMERA.pixels, f"fieldOfView{axis}": f"{side_pc} pc"}
    camera, *others = re.findall(r"<FrameInstrument.*?/>", text)
    for other in others:
        text = text.replace(other, "")
    own = camera
    for name, value in new.items():
        own = re.sub(rf'{name}="[^"]*"', f'{name}="{value}"', own)
    (folder / ski.name).write_text(text.replace(camera, own))
    frame = folder / f"{ski.stem}_r0_total.fits"
    run_skirt(
        engine="embedded",
        threads=1,
        ski=folder / ski.name,
        output_folder=folder,
        expected=[frame],
    )
    files = {band: folder / f"{band}.fits" for band in BANDS}
    for band, plane in zip(BANDS, fits.getdata(frame), strict=True):
        header = fits.Header(cards(CAMERA) | {"BUNIT": "MJy/sr"})
        fits.PrimaryHDU(plane, header).writeto(files[band])
    return files


def write_cube(cutout: Path, realisation: Realisation, path: Path) -> Path:
    """Make the HI cube of a galaxy, in K and m/s, with a systemic velocity."""
    source = hi_source(read_cutout(cutout).gas)
    rng = np.random.default_rng([realisation.galaxy, realisation.number])
    flux = observe_hi(
        source=source, realisation=turned(realisation), grid=ARRAY, telescope=RECEIVER, rng=rng
    )
    beam = RECEIVER.beam_fwhm_arcsec
    kelvin = (1 * u.Jy).to_value(
        u.K,
        u.brightness_temperature(
            HI_REST_FREQUENCY_HZ * u.Hz, beam_area_arcsec2(beam, beam) * u.arcsec**2
        ),
    )
    header = fits.Header(cards(ARRAY) | {"BUNIT": "K", "BMAJ": beam / 3600, "BMIN": beam / 3600})
    header.update({"CTYPE3": "VRAD", "CUNIT3": "m/s", "RESTFRQ": HI_REST_FREQUENCY_HZ})
    header.update({"CRPIX3": (RECEIVER.channels + 1) / 2, "CRVAL3": SYSTEMIC_KM_S * 1e3})
    header["CD3_3"] = RECEIVER.channel_width_km_s * 1e3
    fits.PrimaryHDU((flux * kelvin).astype(np.float32), header).writeto(path)
    return path


def observed_again(
    results: Path, galaxy: int, number: int, *, measured_mpc: float, folder: Path
) -> ObservedGalaxy:
    """Write the files of a realisation of a run of the default configuration; return its row.

    `results` is the folder of the run's results, with ``cutouts`` and ``ski``.
    """
    settings = Config()
    realisation = draw_realisations(
        seed=settings.seed, galaxy=galaxy, settings=settings.observation.only(ImageSettings)
    )[number]
    return ObservedGalaxy(
        name=f"g{galaxy}_r{number}",
        ra=RA_DEG,
        dec=DEC_DEG,
        distance_mpc=measured_mpc,
        distance_error_mpc=settings.observation.distance_relative_error * measured_mpc,
        cube=write_cube(results / f"cutouts/{galaxy}.hdf5", realisation, folder / "cube.fits"),
        **write_images(results / f"ski/{galaxy}/galaxy.ski", realisation, folder),
    )


def maps_of_dataset(test: SplitImages, row: int, *, relative_error: float) -> ObservedMaps:
    """Return an image of the dataset as maps, at the measured distance that the networks take."""
    distance = float(test.measured_distance_mpc[row])
    return ObservedMaps(
        name=f"g{test.galaxy[row]}_r{test.realisation[row]}",
        channels=dict(zip(CHANNELS, np.moveaxis(test.images[row], -1, 0), strict=True)),
        distance_mpc=distance,
        distance_error_mpc=relative_error * distance,
        shown_distance_mpc=distance,
        observables=dict(zip(OBSERVABLES, map(float, test.observables[row]), strict=True)),
    )
