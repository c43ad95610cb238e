"""Fetch images and HI cubes of SPARC's galaxies, and write the table of them.

Command line (needs a connection; hundreds of MB a galaxy)::

    python -m umbra.observed.fetching --folder sparc --names NGC2841 NGC3198

Without ``--names``, all SPARC galaxies of the training's distances are fetched. A file that is
there is not fetched again, and one that a survey does not have is left out of the table.

- Distances and their errors: SPARC's galaxy sample (Lelli, McGaugh & Schombert 2016).
- Positions: Sesame of the CDS, by the galaxy's name.
- Images: the frames of SDSS (DR17) around the position, in nanomaggies, added to one mosaic.
- HI cubes: THINGS (Walter et al. 2008), naturally weighted.
"""

import argparse
import io
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import requests
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS

from umbra.channels import BANDS
from umbra.config.observation import RealisationSettings
from umbra.errors import InputError
from umbra.files import atomic
from umbra.observed.planes import celestial_wcs
from umbra.tables import write_table

SPARC_SAMPLE = "http://astroweb.cwru.edu/SPARC/SPARC_Lelli2016c.mrt"
SDSS_SQL = "https://skyserver.sdss.org/dr17/SkyServerWS/SearchTools/SqlSearch"
SDSS_FRAME = (
    "https://data.sdss.org/sas/dr17/eboss/photoObj/frames/301/{run}/{camcol}/"
    "frame-{band}-{run:06d}-{camcol}-{field:04d}.fits.bz2"
)
THINGS_CUBE = "https://things.www3.mpia.de/Data_files/{name}_NA_CUBE_THINGS.FITS"
_SDSS_PIXEL_ARCSEC = 0.396
_SIDE_ARCMIN = 20.0  # of a mosaic: the field of the training and some sky
_TIMEOUT_S = 120


@dataclass(frozen=True)
class SparcGalaxy:
    """A galaxy of SPARC's sample: its name, and its distance and the error of it [Mpc]."""

    name: str
    distance_mpc: float
    distance_error_mpc: float


def sparc_galaxies(text: str, *, nearest_mpc: float, farthest_mpc: float) -> list[SparcGalaxy]:
    """Return the galaxies of SPARC's table in a range of distances.

    Parameters
    ----------
    text : str
        The file ``SPARC_Lelli2016c.mrt``: below its description, a line for each galaxy with name,
        Hubble type, distance and its error.
    nearest_mpc, farthest_mpc : float
        The range [Mpc].
    """
    rows = re.findall(r"^\s*([A-Z]\S+)\s+\d+\s+([\d.]+)\s+([\d.]+)\s+[1-5]\s", text, re.M)
    galaxies = [SparcGalaxy(name, float(distance), float(error)) for name, distance, error in rows]
    return [one for one in galaxies if nearest_mpc <= one.distance_mpc <= farthest_mpc]


def frames_query(ra_deg: float, dec_deg: float, side_arcmin: float) -> str:
    """Return the SQL that asks SDSS for the fields around a position [deg]."""
    half = side_arcmin / 120
    wide = half / np.cos(np.radians(dec_deg))
    return (
        "SELECT run, camcol, field FROM Field WHERE"
        f" raMax > {ra_deg - wide:.5f} AND raMin < {ra_deg + wide:.5f} AND"
        f" decMax > {dec_deg - half:.5f} AND decMin < {dec_deg + half:.5f}"
    )


def things_name(name: str) -> str:
    """Return a name as THINGS writes it: NGC2841 is NGC_2841, and DDO154 is DDO154."""
    return re.sub(r"^(NGC|IC)0*(\d+)$", r"\1_\2", name)


def mosaic(frames: list[tuple[np.ndarray, WCS]], centre: SkyCoord) -> fits.PrimaryHDU:
    """Return frames in nanomaggies added to one image about a position.

    Parameters
    ----------
    frames : list of tuple
        Image and coordinates of each frame.
    centre : astropy.coordinates.SkyCoord
    """
    from reproject import reproject_interp  # slow import (1 s)
    from reproject.mosaicking import reproject_and_coadd

    side = round(_SIDE_ARCMIN * 60 / _SDSS_PIXEL_ARCSEC)
    wcs = WCS(naxis=2)
    wcs.wcs.ctype, wcs.wcs.crval = ["RA---TAN", "DEC--TAN"], [centre.ra.deg, centre.dec.deg]
    wcs.wcs.crpix = [(side + 1) / 2] * 2
    wcs.wcs.cdelt = [-_SDSS_PIXEL_ARCSEC / 3600, _SDSS_PIXEL_ARCSEC / 3600]
    # the pixels of frames and mosaic are of one size, so values are those of nanomaggies a pixel
    image, covered = reproject_and_coadd(
        frames, wcs, shape_out=(side, side), reproject_function=reproject_interp
    )
    header = wcs.to_header()
    header["BUNIT"] = "nanomaggy"
    return fits.PrimaryHDU(np.where(covered > 0, image, np.nan).astype(np.float32), header)


def fetch_galaxy(galaxy: SparcGalaxy, folder: Path) -> dict[str, str | float]:
    """Fetch the files of a galaxy into a folder, and return its row of the table."""
    centre = SkyCoord.from_name(galaxy.name)
    row: dict[str, str | float] = {"name": galaxy.name, "ra": centre.ra.deg, "dec": centre.dec.deg}
    row |= {
        "distance_mpc": galaxy.distance_mpc,
        "distance_error_mpc": galaxy.distance_error_mpc,
    }
    sql = frames_query(centre.ra.deg, centre.dec.deg, _SIDE_ARCMIN)
    answer = _answer(SDSS_SQL, cmd=sql, format="csv").text
    fields = pd.read_csv(io.StringIO(answer), comment="#")
    for band in BANDS if len(fields) else ():
        path = folder / f"{galaxy.name}_{band}.fits"
        if not path.exists():
            urls = [SDSS_FRAME.format(band=band, **one) for one in fields.to_dict("records")]
            with atomic(path) as temporary:
                mosaic([_frame(url) for url in urls], centre).writeto(temporary)
        row[band] = path.name
    cube = folder / f"{galaxy.name}_hi.fits"
    if cube.exists() or _fetched(THINGS_CUBE.format(name=things_name(galaxy.name)), cube):
        row["cube"] = cube.name
    return row


def _answer(url: str, **values: str) -> requests.Response:
    try:
        answer = requests.get(url, params=values or None, timeout=_TIMEOUT_S)
        answer.raise_for_status()
    except requests.RequestException as error:
        raise InputError(f"{url} cannot be fetched ({error}); try again later.") from error
    return answer


def _frame(url: str) -> tuple[np.ndarray, WCS]:
    with fits.open(io.BytesIO(_answer(url).content)) as hdus:
        return hdus[0].data.astype(float), celestial_wcs(hdus[0].header)


def _fetched(url: str, path: Path) -> bool:
    """Fetch a file, if the survey has it."""
    if requests.head(url, timeout=_TIMEOUT_S, allow_redirects=True).status_code != 200:
        return False
    content = _answer(url).content
    with atomic(path) as temporary:
        temporary.write_bytes(content)
    return True


def main() -> None:
    """Fetch the galaxies that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--names", nargs="*", default=[])
    arguments = parser.parse_args()
    trained = RealisationSettings()
    galaxies = sparc_galaxies(
        _answer(SPARC_SAMPLE).text,
        nearest_mpc=0.0 if arguments.names else trained.min_distance_mpc,
        farthest_mpc=np.inf if arguments.names else trained.max_distance_mpc,
    )
    wanted = [one for one in galaxies if not arguments.names or one.name in arguments.names]
    arguments.folder.mkdir(parents=True, exist_ok=True)
    rows = [fetch_galaxy(galaxy, arguments.folder) for galaxy in wanted]
    table = pd.DataFrame([row for row in rows if set(row) & {*BANDS, "cube"}])
    write_table(table.fillna(""), arguments.folder / "galaxies.csv")


if __name__ == "__main__":
    main()
