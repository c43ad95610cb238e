"""Section ``photometry``."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from umbra.channels import BANDS
from umbra.config.section import CHANGES_NO_RESULT, Positive, Section

Band = Literal[*BANDS]


class EngineSettings(Section):
    """Which program does the radiative transfer, and how."""

    engine: Literal["embedded"] | Path = Field(
        "embedded",
        description="embedded, or the path of a `skirt` executable, or its name on PATH.",
    )
    threads: int = Field(
        1,
        ge=1,
        description="Threads of one radiative transfer job.",
        json_schema_extra=CHANGES_NO_RESULT,
    )
    skirt_resources: Path | None = Field(
        None,
        description="SKIRT's resource folder. If given, the embedded engine uses its tables, and"
        " spectra of the log grid are averaged over its bands. A `skirt` executable looks for its"
        " resources beside itself alone, so this must be the folder there.",
    )


class GridSettings(Section):
    """The wavelength grid of the radiative transfer's images."""

    instrument_grid: Literal["bands", "log"] = Field(
        "bands",
        description="bands: images in SDSS's bands; log: 1000 logarithmic bins up to 3.7 micron,"
        " which the photometry averages over the same bands.",
    )


class SkiSettings(GridSettings):
    """What is in a ski file."""

    packets: float = Field(
        1e7,
        ge=1e3,
        le=1e12,
        description="Photon packets of SKIRT. The noise falls with their square root.",
    )
    simulation_mode: Literal["DustEmission", "ExtinctionOnly"] = Field(
        "ExtinctionOnly",
        description="Simulation mode of SKIRT. Emission by dust is negligible in ugriz, and costs a"
        " fifth to a half of SKIRT's time.",
    )
    dust_to_metals: float = Field(
        0.3, ge=0, le=1, description="Dust mass per mass of metals in star-forming gas."
    )


class ImagingSettings(GridSettings):
    """How SDSS observes the images of the radiative transfer."""

    seeing_fwhm_arcsec: dict[Band, Positive] = Field(
        {"u": 1.53, "g": 1.44, "r": 1.32, "i": 1.26, "z": 1.29},
        description="FWHM of the Gaussian PSF [arcsec] (SDSS DR16).",
    )
    sky_mag_arcsec2: dict[Band, Annotated[float, Field(ge=10, le=30)]] = Field(
        {"u": 22.01, "g": 21.84, "r": 20.84, "i": 20.16, "z": 18.96},
        description="Sky brightness [AB mag/arcsec2] (SDSS DR16).",
    )
    sky: Literal["subtracted", "added", "none"] = Field(
        "subtracted",
        description="subtracted: noise of the sky without its mean; added: noise and mean; none:"
        " no sky.",
    )

    @model_validator(mode="after")
    def _every_band(self) -> Self:
        for key in ("seeing_fwhm_arcsec", "sky_mag_arcsec2"):
            missing = [band for band in BANDS if band not in getattr(self, key)]
            if missing:
                raise ValueError(f"{key} lacks band {', '.join(missing)}")
        return self


class PhotometrySettings(ImagingSettings, SkiSettings, EngineSettings):
    """SDSS images (paper, section 3.1 and Table 2)."""
