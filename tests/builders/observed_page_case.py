"""The folder of a user's galaxy, as the stages write it, for its page."""

from pathlib import Path

import numpy as np
import pandas as pd

from rotation_case import disc_of, rings_of
from umbra.channels import BANDS, CHANNELS, HI_MAPS
from umbra.classical.rotation_curve.light.disc_table import DiscLight, write_disc
from umbra.classical.rotation_curve.posterior import MASS_COLUMNS
from umbra.classical.rotation_curve.rings import write_rings
from umbra.files import write_rejection
from umbra.observed.answers import BELONGING_COLUMNS, PROFILE_COLUMNS
from umbra.observed.maps import ObservedMaps, write_observed_maps
from umbra.observed.numbers import NUMBER_COLUMNS
from umbra.observed.rotation_curve import COMPONENTS, ENDS
from umbra.tables import write_table

RADIUS_KPC = np.geomspace(1, 100, 20)
NOTES = (
    "The distance of 6.6 Mpc is outside the range of the training, 10 to 20 Mpc: the galaxy is"
    " shown as from 10 Mpc, smaller and fainter, with the noise of the training",
    "The beam of the cube (57 x 48 arcsec) is broader than that of the training (30 arcsec), so"
    " structure is smoother than the networks know it.",
)
# What a galaxy lacks -> the files that are then markers.
_WITHOUT = {
    "maps": ("maps.fits", "profile.csv", "rings.csv", "mass.csv", "velocities.csv", "disc.csv"),
    "profile": ("profile.csv",),
    "rings": ("rings.csv", "mass.csv", "velocities.csv"),
    "light": ("disc.csv", "stellar_halo.csv"),
}


def _planes() -> dict[str, np.ndarray]:
    """A rotating disc in all channels, with noise."""
    y, x = np.indices((64, 64)) - 31.5
    radius = np.hypot(x, 1.6 * y)
    noise = np.random.default_rng(1).normal(0, 0.4, (len(BANDS), 64, 64))
    planes = dict(zip(BANDS, 300 * np.exp(-radius / 5) + noise, strict=True))
    maps = np.array([np.exp(-radius / 9), 150 * np.tanh(x / 5), 8 + 20 * np.exp(-radius / 6)])
    maps[:, radius > 27] = np.nan
    return planes | dict(zip(HI_MAPS, maps, strict=True))


def profile_of(shift: float, half_width: float) -> list[np.ndarray]:
    """Return log10 masses of a flat rotation curve: median, lower and upper end."""
    middle = 10.0 + np.log10(RADIUS_KPC) + shift
    return [middle, middle - half_width, middle + half_width]


def write_observed_folder(
    folder: Path,
    *,
    channels=tuple(CHANNELS),
    extrapolation=False,
    validation_galaxies=12,
    without=(),
) -> Path:
    """Write the files of a galaxy and ``belonging.csv`` beside its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    planes = _planes()
    shown = ObservedMaps(
        name=folder.name,
        channels={name: planes[name] for name in channels},
        distance_mpc=6.6,
        distance_error_mpc=0.66,
        shown_distance_mpc=10.0,
        notes=NOTES,
    )
    step = 16 / 3600
    header = {"CDELT1": -step, "CDELT2": step}
    write_observed_maps(shown, folder / "maps.fits", wcs_header=header)
    middle, lower, upper = profile_of(0.0, 0.15)
    profile = pd.DataFrame(
        {
            **{"radius_kpc": RADIUS_KPC, "log10_mass_dm": middle},
            **{"lower_68": lower, "upper_68": upper},
            **{"lower_95": lower - 0.15, "upper_95": upper + 0.15, "channel_set": "hi"},
            **{"percentile": 99.97 if extrapolation else 61.2},
            "extrapolation": "yes" if extrapolation else "no",
            "validation_galaxies": validation_galaxies,
        }
    )
    write_table(profile[list(PROFILE_COLUMNS)], folder / "profile.csv")
    for name, shift in (("mass.csv", 0.1), ("stellar_halo.csv", -0.1)):
        columns = (RADIUS_KPC, *profile_of(shift, 0.2))
        write_table(pd.DataFrame(dict(zip(MASS_COLUMNS, columns, strict=True))), folder / name)
    _write_curve(folder)
    light = {"central_surface_brightness_mag_arcsec2": 20.0, "scale_length_arcsec": 50.0}
    write_disc(DiscLight("photutils", disc_of(**light), 0.6, 0.02, 200.0), folder / "disc.csv")
    _write_numbers(folder)
    reasons = {
        file: f"without {lacking} for this test"
        for lacking in without
        for file in _WITHOUT[lacking]
    }
    for file, reason in reasons.items():
        write_rejection(folder / file, reason)
    return folder


def _write_curve(folder: Path) -> None:
    radius = np.arange(1.0, 20.0, 1.8)
    velocity = 200 * np.tanh(radius / 2)
    rings = rings_of(
        **{"radius_kpc": radius, "velocity_km_s": velocity},
        velocity_error_km_s=np.full(radius.size, 9.0),
    )
    write_rings(rings, folder / "rings.csv")
    columns = {"radius_kpc": radius}
    for part, share in zip(COMPONENTS, (1.0, 0.75, 0.6, 0.25), strict=True):
        for end, shift in zip(ENDS, (0, -6, 6), strict=True):
            columns[f"{part}{end}"] = share * velocity + shift
    write_table(pd.DataFrame(columns), folder / "velocities.csv")


def _write_numbers(folder: Path) -> None:
    rows = [
        ("networks", "dark matter within 20 kpc", "log10 Msun", 11.2, 11.05, 11.34),
        ("rotation curve", "inclination", "deg", 66.9, 66.1, 67.7),
        ("rotation curve", "circular velocity at 10 kpc", "km/s", 196.0, 191.0, 203.0),
        ("rotation curve", "M200", "log10 Msun", 12.1, 11.8, 12.6),
        ("rotation curve", "concentration C200", "", 12.0, 8.0, 19.0),
        ("rotation curve", "reduced chi2", "", 0.6, np.nan, np.nan),
        ("rotation curve", "dark matter within 20 kpc", "log10 Msun", 11.13, 11.05, 11.2),
        ("starlight", "stellar mass", "log10 Msun", 10.6, 10.45, 10.75),
    ]
    write_table(pd.DataFrame(rows, columns=list(NUMBER_COLUMNS)), folder / "numbers.csv")


def write_belonging(path: Path, *names: str) -> Path:
    """Write ``belonging.csv`` with two checks for each galaxy."""
    rows = []
    for name in names:
        first = (name, "hi", "no")
        rows.append((*first, "HI0", "flux", "Jy km/s", 266.0, 5.0, 200.0, "no"))
        rows.append((*first, "HI1", "W50", "km/s", 370.0, 90.0, 480.0, "yes"))
    write_table(pd.DataFrame(rows, columns=list(BELONGING_COLUMNS)), path)
    return path
