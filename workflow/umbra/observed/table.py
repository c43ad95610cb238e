"""The user's table of galaxies: a row for each, with its position, distance and files."""

import math
import re
from pathlib import Path
from typing import Annotated, Literal, Self

import pandas as pd
from pydantic import Field, ValidationError, model_validator

from umbra.channels import BANDS
from umbra.config.section import Positive, Section
from umbra.errors import InputError
from umbra.skirt_engine.package_data import package_file
from umbra.tables import read_table

MOMENTS = ("moment0", "moment1", "moment2")
FILES = (*BANDS, "cube", *MOMENTS)
_NEEDED = ("name", "ra", "dec", "distance_mpc", "distance_error_mpc")
# A file that an installed package brings along: package:folder/of/the/package/file.fits
_OF_A_PACKAGE = "package:"
_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$"
_RANGE = re.compile(r"([-+.\d]+):([-+.\d]+)")

Name = Annotated[str, Field(pattern=_NAME)]


class GivenCube(Section):
    """The columns of a row that its HI cube depends on."""

    name: Name = Field(description="letters, digits, `_ . + -`; it is part of file names")
    ra: float = Field(ge=-360, le=360, description="right ascension of the centre [deg, ICRS]")
    dec: float = Field(ge=-90, le=90, description="declination of the centre [deg, ICRS]")
    distance_mpc: Positive = Field(description="distance [Mpc]")
    cube: Path | None = Field(None, description="HI cube")
    hi_unit: str | None = Field(None, description="unit of the cube or moment 0, in place of BUNIT")
    spectral_unit: str | None = Field(None, description="of the cube, in place of CUNITn")
    rest_frequency_hz: Positive | None = Field(None, description="in place of RESTFRQ [Hz]")
    beam_major_arcsec: Positive | None = Field(
        None, description="major FWHM of the beam [arcsec], in place of BMAJ"
    )
    beam_minor_arcsec: Positive | None = Field(
        None, description="minor FWHM of the beam [arcsec], in place of BMIN"
    )
    beam_angle_deg: float = Field(0.0, description="position angle of that beam [deg]")
    masked_km_s: str | None = Field(
        None,
        description="velocities of the cube that are blanked, such as those of the Galaxy:"
        " `from:to`, with spaces between several [km/s]",
    )

    @model_validator(mode="after")
    def _options_are_complete(self) -> Self:
        if (self.beam_major_arcsec is None) != (self.beam_minor_arcsec is None):
            raise ValueError("beam_major_arcsec and beam_minor_arcsec go together; give both")
        if self.masked_km_s and not self.masked_ranges_km_s:
            raise ValueError(
                f"masked_km_s is {self.masked_km_s!r}; write from:to, as in -20:12 [km/s]"
            )
        return self

    @property
    def beam_fwhm_arcsec(self) -> tuple[float, float] | None:
        """Major and minor FWHM of the beam [arcsec], if they are given."""
        if self.beam_major_arcsec is None:
            return None
        return self.beam_major_arcsec, self.beam_minor_arcsec

    @property
    def masked_ranges_km_s(self) -> list[tuple[float, float]]:
        """Velocities from, to [km/s] that are blanked."""
        found = [_RANGE.fullmatch(part) for part in (self.masked_km_s or "").split()]
        try:
            return [tuple(map(float, one.groups())) for one in found] if all(found) else []
        except ValueError:  # 1.2.3
            return []


class ObservedGalaxy(GivenCube):
    """A row of the table. A field is a column; an empty cell is None."""

    distance_error_mpc: float = Field(ge=0, description="its error [Mpc]")
    u: Path | None = Field(None, description="image in SDSS u")
    g: Path | None = Field(None, description="image in SDSS g")
    r: Path | None = Field(None, description="image in SDSS r")
    i: Path | None = Field(None, description="image in SDSS i")
    z: Path | None = Field(None, description="image in SDSS z")
    moment0: Path | None = Field(None, description="map of the HI intensity, without a cube")
    moment1: Path | None = Field(None, description="map of the HI velocity, without a cube")
    moment2: Path | None = Field(None, description="map of the HI dispersion, without a cube")
    optical_unit: str | None = Field(None, description="unit of all images, in place of BUNIT")
    zero_point_mag: float | None = Field(
        None, description="AB magnitude of one count in all images, in place of the header's"
    )
    psf_fwhm_arcsec: Positive | None = Field(
        None, description="FWHM of the PSF of all images [arcsec], in place of the header's"
    )
    sky: Literal["auto", "keep", "subtract"] = Field(
        "auto",
        description="whether the level of the sky in all images is kept or subtracted; auto: it is"
        " subtracted if it is too bright for the light of a galaxy",
    )

    @model_validator(mode="after")
    def _has_data(self) -> Self:
        if not self.files:
            raise ValueError(f"it has no file; give one of {', '.join(FILES)}")
        if self.cube and self.moment_maps:
            raise ValueError("it has a cube and moment maps; give one or the other")
        return self

    @property
    def files(self) -> dict[str, Path]:
        """Column -> file, for those that are given."""
        return {name: path for name in FILES if (path := getattr(self, name))}

    @property
    def images(self) -> dict[str, Path]:
        """Band -> image, for those that are given."""
        return {name: path for name, path in self.files.items() if name in BANDS}

    @property
    def moment_maps(self) -> dict[str, Path]:
        """Keys of `MOMENTS` -> map, for those that are given."""
        return {name: path for name, path in self.files.items() if name in MOMENTS}

    @property
    def subtract_sky(self) -> bool | None:
        """Whether the level of the sky is subtracted; None if the images decide."""
        return {"auto": None, "keep": False, "subtract": True}[self.sky]


def read_observed_table(path: Path) -> list[ObservedGalaxy]:
    """Read the user's table of galaxies.

    Parameters
    ----------
    path : Path
        CSV file with the columns that are the fields of `ObservedGalaxy`; only the first five are
        needed. A relative path of a file is one from the table's folder, and ``package:`` begins
        that of a file in an installed package.

    Returns
    -------
    list of ObservedGalaxy

    Raises
    ------
    InputError
        If the table lacks a column or a value, or a value is out of range.
    """
    columns = {
        name: float if float in _types(field.annotation) else str
        for name, field in ObservedGalaxy.model_fields.items()
    }
    optional = [name for name in columns if name not in _NEEDED]
    remedy = "correct it, or name another table in observed.table"
    table = read_table(path, columns, optional=optional, separator=None, remedy=remedy)
    galaxies = [
        _galaxy(row, number, path) for number, row in zip(table.index, _rows(table), strict=True)
    ]
    if not galaxies:
        raise InputError(f"{path} has no galaxy; add a row for each, or name another table.")
    names = [galaxy.name for galaxy in galaxies]
    if twice := [name for name in names if names.count(name) > 1]:
        raise InputError(f"{path} has galaxy {twice[0]} twice; give each row a name of its own.")
    return galaxies


def _types(annotation: object) -> set:
    parts = getattr(annotation, "__args__", ())
    return {annotation, *parts, *(part for one in parts for part in getattr(one, "__args__", ()))}


def _rows(table: pd.DataFrame) -> list[dict]:
    """Return the filled cells of each row."""
    return [
        {
            name: value.strip() if isinstance(value, str) else value
            for name, value in row.items()
            if (value.strip() if isinstance(value, str) else not math.isnan(value))
        }
        for row in table.to_dict("records")
    ]


def _galaxy(cells: dict, number: int, table: Path) -> ObservedGalaxy:
    where = f"{table}, {cells.get('name', f'row {number + 1} below the header')}"
    if missing := [name for name in _NEEDED if name not in cells]:
        raise InputError(f"{where}: {' and '.join(missing)} missing; fill the cell.")
    for name in FILES:
        if name in cells:
            cells[name] = _located(cells[name], name, table.parent, where)
    try:
        return ObservedGalaxy(**cells)
    except ValidationError as error:
        fault = error.errors()[0]
        column = f"{fault['loc'][0]} is {fault['input']!r}: " if fault["loc"] else ""
        reason = fault["msg"].removeprefix("Value error, ")
        raise InputError(f"{where}: {column}{reason}.") from None


def _located(text: str, column: str, folder: Path, where: str) -> Path:
    if not text.startswith(_OF_A_PACKAGE):
        return folder / Path(text).expanduser()
    package, *inside = Path(text.removeprefix(_OF_A_PACKAGE)).parts
    try:
        return package_file(package, *inside)
    except InputError as error:
        raise InputError(f"{where}: {column}: {error}") from None
