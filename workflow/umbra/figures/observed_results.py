"""What is known of a user's galaxy: the tables that its page shows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from umbra.classical.rotation_curve.posterior import read_mass_dm
from umbra.classical.rotation_curve.rings import Rings, read_rings
from umbra.classical.rotation_curve.stars import ROTATION_MASS_DEX
from umbra.figures.sky import SkyImage
from umbra.files import rejection
from umbra.observed.answers import BELONGING_COLUMNS, PROFILE_COLUMNS
from umbra.observed.maps import ObservedMaps, read_observed_maps
from umbra.observed.numbers import NUMBER_COLUMNS
from umbra.observed.rotation_curve import MODEL_VELOCITY_COLUMNS
from umbra.tables import read_table

T = TypeVar("T")

_WITHOUT_LIGHT = (
    "The stars of the mass model are a guess: an exponential disc of the mass that the baryonic"
    " Tully-Fisher relation gives to this rotation, within {dex:g} dex, and as large as late-type"
    " galaxies of this mass, because there is no disc of light ({reason})."
)
_WIDEST = 0.95  # interval of the networks
_WHAT = {
    "profile": "No answer of the networks",
    "rings": "No rotation curve",
    "velocities": "No mass model",
    "stellar_profile": "No halo from the starlight",
}
# The files of a galaxy's folder; each but the numbers may be the marker that there is none.
_FILES = {
    "maps": "maps.fits",
    "profile": "profile.csv",
    "rings": "rings.csv",
    "mass": "mass.csv",
    "velocities": "velocities.csv",
    "disc": "disc.csv",
    "stellar_profile": "stellar_halo.csv",
    "numbers": "numbers.csv",
}


@dataclass(frozen=True)
class ObservedResults:
    """What is known of a galaxy; a table that there is none of is None.

    Parameters
    ----------
    name : str
        As in the user's table.
    maps : ObservedMaps or None
        The channels that the networks see.
    pixel_arcmin : float
        Side of a pixel of them [arcmin].
    profile, mass, velocities, stellar_profile : DataFrame or None
        Tables of the networks, of the mass model (two), and of the starlight.
    rings : Rings or None
        The rings.
    numbers, checks : DataFrame
        Numbers of all methods, and in what the galaxy is like those of the training.
    sentences : list of str
        What was assumed, changed or left out, and why.
    """

    name: str
    maps: ObservedMaps | None
    pixel_arcmin: float
    profile: pd.DataFrame | None
    rings: Rings | None
    mass: pd.DataFrame | None
    velocities: pd.DataFrame | None
    stellar_profile: pd.DataFrame | None
    numbers: pd.DataFrame
    checks: pd.DataFrame
    sentences: list[str]

    @property
    def title(self) -> str:
        """Name and distance."""
        if self.maps is None:
            return self.name
        text = f"{self.name}, {self.maps.distance_mpc:g} ± {self.maps.distance_error_mpc:g} Mpc"
        if self.maps.shown_distance_mpc != self.maps.distance_mpc:
            text += f", shown to the networks as from {self.maps.shown_distance_mpc:g} Mpc"
        return text

    @property
    def extrapolation(self) -> bool:
        """Whether the galaxy is unlike those that the networks learnt from."""
        return self.profile is not None and bool((self.profile["extrapolation"] == "yes").all())

    @property
    def verdict(self) -> str:
        """What the networks' answer is worth, in a sentence."""
        if self.maps is None:
            return "This galaxy cannot be used."
        if self.profile is None:
            return "The networks have no answer."
        first = self.profile.iloc[0]
        share = f"{first['percentile']:.4g} %"
        seen = f"Channel set {first['channel_set']}."
        if self.extrapolation:
            return (
                "EXTRAPOLATION: more unlike the galaxies that the networks learnt from than"
                f" {share} of such galaxies, so the answer may be wrong by far more than its band."
                f" {seen}"
            )
        return (
            f"Like the galaxies that the networks learnt from, of which {share} are more typical."
            f" {seen}"
        )

    def plane(self, channel: str) -> SkyImage:
        """Return one channel as an image on the sky."""
        step = self.pixel_arcmin
        return SkyImage(
            galaxy=self.name,
            planes=self.maps.channels[channel][None].astype(float),
            distance_mpc=self.maps.shown_distance_mpc,
            scale_arcmin=(-step, step),
        )


def read_observed_results(folder: Path, *, belonging: Path) -> ObservedResults:
    """Read what is known of a galaxy.

    Parameters
    ----------
    folder : Path
        ``results/observed/{name}``.
    belonging : Path
        ``belonging.csv`` of all galaxies.

    Raises
    ------
    InputError
        If a file is not what its stage writes.
    """
    files = {key: folder / name for key, name in _FILES.items()}
    reasons = {key: rejection(path) for key, path in files.items()}
    checks = read_table(belonging, BELONGING_COLUMNS)
    checks = checks[checks["name"] == folder.name]

    def read(key: str, reader: Callable[[Path], T]) -> T | None:
        return None if reasons[key] else reader(files[key])

    maps = read("maps", read_observed_maps)
    profile = read("profile", lambda path: read_table(path, PROFILE_COLUMNS))
    return ObservedResults(
        name=folder.name,
        maps=maps,
        pixel_arcmin=read("maps", _pixel_arcmin) or np.nan,
        profile=profile,
        rings=read("rings", read_rings),
        mass=read("mass", read_mass_dm),
        velocities=read("velocities", lambda path: read_table(path, MODEL_VELOCITY_COLUMNS)),
        stellar_profile=read("stellar_profile", read_mass_dm),
        numbers=read_table(files["numbers"], NUMBER_COLUMNS),
        checks=checks,
        sentences=[*_sentences(maps, reasons), *_calibration(profile), *_outside(checks)],
    )


def _pixel_arcmin(maps: Path) -> float:
    from astropy.io import fits  # its import is slow

    return abs(fits.getheader(maps, ext=1)["CDELT2"]) * 60


def _sentences(maps: ObservedMaps | None, reasons: dict[str, str | None]) -> list[str]:
    if maps is None:
        return [f"This galaxy cannot be used: {reasons['maps']}"]
    found = [note if note.endswith(".") else f"{note}." for note in maps.notes]
    told: set[str] = set()
    for key, what in _WHAT.items():
        reason = reasons[key]
        if reason and reason not in told:  # later stages hand a reason on
            found.append(f"{what}: {reason.rstrip('.')}.")
            told.add(reason)
    if not reasons["velocities"] and (reason := reasons["disc"]):
        found.append(_WITHOUT_LIGHT.format(dex=ROTATION_MASS_DEX, reason=reason))
    return found


def _calibration(profile: pd.DataFrame | None) -> Iterator[str]:
    """Yield a sentence if few galaxies calibrate the widest interval that is shown."""
    if profile is None:
        return
    galaxies = int(profile["validation_galaxies"].iloc[0])
    most = (galaxies - 1) / (galaxies + 1)  # `umbra.predictions.distributions.conformal_quantiles`
    if most < _WIDEST:
        known = "one galaxy" if galaxies == 1 else f"{galaxies} galaxies"
        yield (
            f"The networks' intervals are calibrated on {known}: none contains the truth in more"
            f" than {100 * most:.0f} % of the cases."
        )


def _outside(checks: pd.DataFrame) -> Iterator[str]:
    """Yield a sentence for each quantity that few galaxies of the training have like that."""
    for row in checks.itertuples():
        if row.within == "no":
            yield (
                f"{row.channel}: {row.quantity} {row.value:.4g} {row.unit} is outside of what"
                f" galaxies of the training have, {row.least:.4g} to {row.greatest:.4g}."
            )
