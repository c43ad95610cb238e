"""A view of each galaxy of a run whose disc can be deprojected: its cube and its rings.

Everything is made from the run's cutouts by the functions of the workflow, with the options of the
default configuration, and kept in a folder. What is there is not made again.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from astropy.io import fits

from umbra.classical.rotation_curve.ring_fit import fit_rings
from umbra.config.model import Config
from umbra.errors import Rejected
from umbra.files import rejection, write_rejection
from umbra.hi.cube import make_cubes
from umbra.hi.moments import write_moments

CONFIG = Config()
# How far from face-on the discs are that the workflow chooses for rotation curves [deg].
LEAST_DEG = CONFIG.rotation_curve.min_inclination_deg
GREATEST_DEG = CONFIG.rotation_curve.max_inclination_deg


@dataclass(frozen=True)
class View:
    """One realisation of a galaxy, with its true inclination [deg], and the folder of its files."""

    galaxy: int
    realisation: int
    inclination_deg: float
    folder: Path

    @property
    def cube(self) -> Path:
        """The HI cube."""
        return self.folder / "cube.fits"

    @property
    def moments(self) -> Path:
        """The moment maps of this realisation alone."""
        return self.folder / "moments.fits"

    @property
    def rings(self) -> Path:
        """``rings.csv``, or the marker of a rejected galaxy."""
        return self.folder / "rings.csv"


def inclined_views(run: Path, folder: Path, *, galaxies: int | None) -> Iterator[View]:
    """Yield, for each galaxy, its first realisation between the two inclinations, if there is one.

    Of `galaxies`, if given, so many are taken, evenly from the list.
    """
    cutouts = sorted((run / "results/cutouts").glob("*.hdf5"), key=lambda path: int(path.stem))
    galaxies = min(galaxies or len(cutouts), len(cutouts))
    for number in range(galaxies):
        cutout = cutouts[number * len(cutouts) // galaxies]
        if view := inclined_view(cutout, folder / cutout.stem):
            yield view


def inclined_view(cutout: Path, folder: Path) -> View | None:
    """Return the first realisation of a galaxy between the two inclinations, with its files."""
    if not (folder / "moments.fits").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _observe(cutout, folder)
    with fits.open(folder / "moments.fits") as hdus:
        if len(hdus) == 1:
            return None
        header = hdus[1].header
    return View(header["GALAXY"], header["REALISAT"], header["HIINCL"], folder)


def _observe(cutout: Path, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        cubes = [Path(temporary, f"{n}.fits") for n in range(CONFIG.observation.realisations)]
        make_cubes(
            cutout=cutout,
            seed=CONFIG.seed,
            observation=CONFIG.observation,
            telescope=CONFIG.hi,
            outputs=cubes,
        )
        inclinations = [fits.getheader(cube).get("HIINCL", 0.0) for cube in cubes]
        inclined = [LEAST_DEG <= inclination <= GREATEST_DEG for inclination in inclinations]
        chosen = cubes[inclined.index(True)].rename(folder / "cube.fits") if any(inclined) else None
        write_moments(
            cubes=[chosen] if chosen else [],
            moments=CONFIG.moments,
            output=folder / "moments.fits",
        )


def rings_of(view: View) -> str | None:
    """Fit the rings of a view as the workflow does; return why it is rejected, if it is."""
    if not view.rings.exists():
        try:
            fit_rings(
                cube=view.cube,
                moments=view.moments,
                realisation=view.realisation,
                settings=CONFIG.rotation_curve.rings,
                folder=view.folder,
            )
        except Rejected as rejected:
            write_rejection(view.rings, str(rejected))
    return rejection(view.rings)
