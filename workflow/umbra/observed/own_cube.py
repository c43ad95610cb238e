"""``cube.fits``: a user's HI cube as it was, with the galaxy's line in its header."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from umbra.config.hi import MomentSettings
from umbra.config.observation import ImageSettings
from umbra.errors import MAKE_AGAIN, Damaged, Rejected
from umbra.files import atomic, rejection, write_rejection
from umbra.hi.line import Line
from umbra.hi.reading import Cube, read_cube, write_hi_cube
from umbra.observed.hi_cube import OwnLine, find_own_line
from umbra.observed.moving import Placement
from umbra.observed.table import GivenCube

NO_CUBE = "no HI cube"
_CARDS = {
    "LINEFLUX": ("flux_jy_km_s", "[Jy km/s]"),
    "LINEW50": ("w50_km_s", "[km/s]"),
    "LINEW20": ("w20_km_s", "[km/s]"),
    "LINEMID": ("centre_km_s", "[km/s] middle of W20"),
}


@dataclass(frozen=True)
class OwnCube:
    """A user's cube and the line of the galaxy in it.

    Attributes
    ----------
    cube : umbra.hi.reading.Cube
    line : umbra.observed.hi_cube.OwnLine
    """

    cube: Cube
    line: OwnLine


def placement_of(galaxy: GivenCube, observation: ImageSettings) -> Placement:
    """Return where a galaxy of the user's is on the grid of a training."""
    return Placement.of(
        ra_deg=galaxy.ra,
        dec_deg=galaxy.dec,
        distance_mpc=galaxy.distance_mpc,
        observation=observation,
    )


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Put the name of a file before the sentence about what is in it."""
    try:
        yield
    except Damaged as error:
        raise Damaged(f"{path}: {error}") from error


def read_given_cube(
    galaxy: GivenCube,
    *,
    observation: ImageSettings,
    beam_fwhm_arcsec: float,
    moments: MomentSettings,
) -> OwnCube | None:
    """Read the user's cube of a galaxy, if there is one, and find the line of the galaxy.

    Parameters
    ----------
    galaxy : GivenCube
        Columns of the user's table.
    observation : ImageSettings
        Field and distances of the training.
    beam_fwhm_arcsec : float
        Beam of the training.
    moments : MomentSettings
        Source finding of the training.

    Raises
    ------
    Damaged
        If the file is no HI cube that holds the line of the galaxy.
    InputError
        If the system does not let it be read.
    """
    if galaxy.cube is None:
        return None
    cube = read_cube(
        galaxy.cube,
        rest_frequency_hz=galaxy.rest_frequency_hz,
        spectral_unit=galaxy.spectral_unit,
        flux_unit=galaxy.hi_unit,
        beam_fwhm_arcsec=galaxy.beam_fwhm_arcsec,
        beam_position_angle_deg=galaxy.beam_angle_deg,
        masked_km_s=galaxy.masked_ranges_km_s,
    )
    with naming(galaxy.cube):
        if not cube.flux_jy_beam.any():
            raise Damaged("all its voxels are blank (NaN) or 0; give another file.")
        line = find_own_line(
            cube,
            placement=placement_of(galaxy, observation),
            beam_fwhm_arcsec=beam_fwhm_arcsec,
            moments=moments,
        )
    return OwnCube(cube, line)


def prepare_observed_cube(
    *,
    galaxy: GivenCube,
    observation: ImageSettings,
    beam_fwhm_arcsec: float,
    moments: MomentSettings,
    cube: Path,
) -> None:
    """Write the user's cube of a galaxy, with its own pixels, channels and beam.

    Parameters
    ----------
    galaxy, observation, beam_fwhm_arcsec, moments
        As of `read_given_cube`.
    cube : Path
        FITS file of `umbra.hi.reading.write_hi_cube`, with the true distance of the galaxy in
        DISTMPC and its line in LINEFLUX, LINEW50, LINEW20 and LINEMID; without a cube, the marker
        of a rejected galaxy.

    Raises
    ------
    Rejected
        If the file cannot be used.
    InputError
        If the system does not let it be read.
    """
    try:
        own = read_given_cube(
            galaxy, observation=observation, beam_fwhm_arcsec=beam_fwhm_arcsec, moments=moments
        )
    except Damaged as error:
        raise Rejected(str(error)) from error
    if own is None:
        write_rejection(cube, NO_CUBE)
        return
    header = own.cube.header
    header.update({"OBJECT": galaxy.name, "DISTMPC": galaxy.distance_mpc})
    for card, (name, unit) in _CARDS.items():
        header[card] = (getattr(own.line.line, name), unit)
    header["BEYOND"] = (own.line.beyond, "emission goes on beyond the cube")
    with atomic(cube) as temporary:
        write_hi_cube(own.cube, temporary)


def read_own_cube(path: Path) -> OwnCube | None:
    """Read ``cube.fits``; None if the galaxy has no cube.

    Raises
    ------
    Rejected
        If the user's file could not be used.
    Damaged
        If `prepare_observed_cube` did not write the file.
    InputError
        If the system does not let it be read.
    """
    reason = rejection(path)
    if reason == NO_CUBE:
        return None
    if reason:
        raise Rejected(reason)
    cube = read_cube(path, remedy=MAKE_AGAIN)
    try:
        line = Line(**{name: cube.header[card] for card, (name, _) in _CARDS.items()}, cut=False)
        return OwnCube(cube, OwnLine(line, cube.header["BEYOND"]))
    except KeyError as error:
        raise Damaged(f"{path} lacks the card {error}; {MAKE_AGAIN}.") from error
