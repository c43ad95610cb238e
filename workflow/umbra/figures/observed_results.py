"""What is known of a user's galaxy: the tables that its page shows."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.classical.rotation_curve.posterior import read_mass_dm
from umbra.classical.rotation_curve.rings import Rings, read_rings
from umbra.figures.sky import SkyImage
from umbra.files import rejection
from umbra.observed.answers import BELONGING_COLUMNS, PROFILE_COLUMNS
from umbra.observed.maps import ObservedMaps, read_observed_maps
from umbra.observed.numbers import NUMBER_COLUMNS
from umbra.observed.rotation_curve import VELOCITY_COLUMNS
from umbra.tables import read_table

_WITHOUT_LIGHT = (
    "The stars of the mass model are a guess: an exponential disc of the mass that the baryonic"
    " Tully-Fisher relation gives to this rotation, within 0.3 dex, and as large as late-type"
    " galaxies of this mass, because there is no disc of light ({reason})."
)
_WHAT = {
    "profile": "No answer of the networks",
    "rings": "No rotation curve",
    "velocities": "No mass model",
    "stellar_profile": "No halo from the starlight",
}


@dataclass(frozen=True)
class ObservedFiles:
    """The files of a galaxy; each but the numbers may be the marker that there is none.

    Parameters
    ----------
    maps, profile, rings, mass, velocities, disc, stellar_profile, numbers : Path
        As their stages write them.
    """

    maps: Path
    profile: Path
    rings: Path
    mass: Path
    velocities: Path
    disc: Path
    stellar_profile: Path
    numbers: Path


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
    sentences: list[str] = field(default_factory=list)

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
        if self.profile is None:
            return "The networks have no answer."
        first = self.profile.iloc[0]
        seen = f"Channel set {first['channel_set']}."
        if self.extrapolation:
            return (
                f"EXTRAPOLATION: this galaxy is unlike those that the networks learnt from (beyond"
                f" {first['percentile']:.1f} % of them), so their answer is not to be trusted."
                f" {seen}"
            )
        return (
            f"The galaxy is like those that the networks learnt from (percentile"
            f" {first['percentile']:.1f}). {seen}"
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


def read_observed_results(
    files: ObservedFiles, *, name: str, belonging: Path
) -> ObservedResults:
    """Read what is known of a galaxy.

    Parameters
    ----------
    files : ObservedFiles
        Its files.
    name : str
        As in the user's table.
    belonging : Path
        ``belonging.csv`` of all galaxies.

    Raises
    ------
    InputError
        If a file is not what its stage writes.
    """
    reasons = {key: rejection(path) for key, path in vars(files).items()}
    maps = None if reasons["maps"] else read_observed_maps(files.maps)
    checks = read_table(belonging, BELONGING_COLUMNS)

    def table(key: str, columns: dict[str, type]) -> pd.DataFrame | None:
        return None if reasons[key] else read_table(getattr(files, key), columns)

    return ObservedResults(
        name=name,
        maps=maps,
        pixel_arcmin=np.nan if maps is None else _pixel_arcmin(files.maps),
        profile=table("profile", PROFILE_COLUMNS),
        rings=None if reasons["rings"] else read_rings(files.rings),
        mass=None if reasons["mass"] else read_mass_dm(files.mass),
        velocities=table("velocities", VELOCITY_COLUMNS),
        stellar_profile=(
            None if reasons["stellar_profile"] else read_mass_dm(files.stellar_profile)
        ),
        numbers=read_table(files.numbers, NUMBER_COLUMNS),
        checks=checks[checks["name"] == name],
        sentences=_sentences(maps, reasons),
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
        found.append(_WITHOUT_LIGHT.format(reason=reason))
    return found
