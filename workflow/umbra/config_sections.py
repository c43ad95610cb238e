"""The sections of the configuration: every key with its default, unit, range and meaning."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

Band = Literal["u", "g", "r", "i", "z"]
Positive = Annotated[float, Field(gt=0)]
SubhaloIds = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]
Count = Annotated[int, Field(ge=1)]
UNIVERSE_SNAPSHOT = 99


class Section(BaseModel):
    """A section of the configuration: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Simulation(Section):
    """Where the particles come from."""

    source: Literal["universe", "local", "api"] = Field(
        "universe",
        description="universe: the embedded synthetic universe; local: a TNG run on disk; api:"
        " TNG's web API (key in the environment variable TNG_API_KEY).",
    )
    path: Path | None = Field(
        None,
        description="The run's `output` folder (it holds snapdir_099 and groups_099); for local.",
    )
    name: str = Field(
        "TNG100-1", pattern=r"^[\w.-]+$", description="The run's name in the web API; for api."
    )
    snapshot: int = Field(
        UNIVERSE_SNAPSHOT, ge=0, description="Snapshot number; 99 is z = 0 in TNG."
    )
    allow_missing_chunks: bool = Field(
        False, description="Go on, with a warning, when chunk files of the snapshot are missing."
    )
    api_url: str = Field(
        "https://www.tng-project.org/api",
        description="Address of the web API; https, so that the key is not sent in the clear.",
    )
    api_timeout_s: float = Field(
        120.0,
        ge=0.1,
        le=3600,
        description="A download that brings no byte for so long has failed [s]; so has one that,"
        " this time not counted, comes at less than 10 kB/s on average.",
    )
    api_attempts: int = Field(
        6, ge=1, le=100, description="Attempts at a download, with longer and longer pauses."
    )
    keep_downloads: bool = Field(
        True, description="Keep whole haloes from the web API after cutouts are made from them."
    )

    @model_validator(mode="after")
    def _local_needs_a_path(self):
        if self.source == "local" and self.path is None:
            raise ValueError("source is local, so path must name the run's `output` folder")
        if self.source == "universe" and self.snapshot != UNIVERSE_SNAPSHOT:
            raise ValueError(f"source is universe, whose only snapshot is {UNIVERSE_SNAPSHOT}")
        return self

    @model_validator(mode="after")
    def _key_is_sent_safely(self):
        here = "localhost", "127.0.0.1"
        address = urlsplit(self.api_url)
        safe = address.scheme == "https" or (address.scheme == "http" and address.hostname in here)
        if not (safe and address.hostname) or address.username or address.query:
            raise ValueError(
                "api_url must be an address that begins with https://, for the key is sent to it"
            )
        return self


class Universe(Section):
    """The embedded synthetic universe, made only when simulation.source is universe."""

    galaxies: int = Field(60, ge=3, description="Galaxies that pass every cut of the sample.")
    extent_kpc: float = Field(
        150.0, ge=110, le=1000, description="Radius out to which haloes are sampled [kpc]."
    )
    chunks: int = Field(5, ge=2, le=448, description="Files that the snapshot is spread over.")


class Sample(Section):
    """Which galaxies are used (paper, Table 1)."""

    stellar_mass: Literal["total", "twice_half_mass_radius"] = Field(
        "total",
        description="Mass that is cut: of the whole subhalo, or within twice the half-mass radius.",
    )
    min_stellar_mass_msun: Positive = Field(1e10, description="Least stellar mass [Msun].")
    max_stellar_mass_msun: Positive = Field(1e12, description="Greatest stellar mass [Msun].")
    min_sfr_msun_yr: float = Field(0.1, ge=0, description="Least star formation rate [Msun/yr].")
    table: Path | None = Field(
        None,
        description="Your own centres in place of the catalogue: a CSV with id, x, y, z, vx, vy, vz"
        " in code units; for simulation.source api, also group.",
    )
    min_gas_cells: int = Field(
        100, ge=1, description="A galaxy with fewer gas cells in its cutout is rejected."
    )
    min_star_particles: int = Field(
        100, ge=1, description="A galaxy with fewer star particles in its cutout is rejected."
    )
    max_rejected_fraction: float = Field(
        0.1, ge=0, le=1, description="The run fails when a larger fraction of galaxies is rejected."
    )
    galaxies_per_group: int = Field(
        20,
        ge=1,
        le=100,
        description="Galaxies that share a submission to a cluster; another number makes the"
        " dataset again.",
    )

    @model_validator(mode="after")
    def _masses_in_order(self):
        if self.min_stellar_mass_msun >= self.max_stellar_mass_msun:
            raise ValueError("min_stellar_mass_msun must be below max_stellar_mass_msun")
        return self


class Observation(Section):
    """How a galaxy is looked at."""

    realisations: int = Field(3, ge=1, le=100, description="Views of each galaxy.")
    min_distance_mpc: Positive = Field(10.0, description="Nearest distance [Mpc].")
    max_distance_mpc: Positive = Field(20.0, description="Farthest distance [Mpc].")
    field_of_view_arcmin: Positive = Field(17.2, description="Side of the image [arcmin].")
    pixels: int = Field(
        128,
        ge=127,
        le=1024,
        description="Pixels along a side of the image; fewer are too few for the networks' layers.",
    )

    @model_validator(mode="after")
    def _distances_in_order(self):
        if self.min_distance_mpc > self.max_distance_mpc:
            raise ValueError("min_distance_mpc must not exceed max_distance_mpc")
        return self


class Cutouts(Section):
    """The sphere of particles around each galaxy."""

    radius_kpc: float = Field(
        100.0,
        ge=100,
        description="Least radius [kpc]; it grows to the half-diagonal of the farthest view.",
    )
    chunks_per_job: int = Field(
        2,
        ge=1,
        description="Snapshot files that one job streams; another number reads all of them again.",
    )


class Photometry(Section):
    """SDSS images (paper, section 3.1 and Table 2)."""

    engine: str = Field("embedded", description="embedded, or the path of a `skirt` executable.")
    threads: int = Field(1, ge=1, description="Threads of one radiative transfer job.")
    packets: float = Field(
        1e7,
        ge=1e3,
        le=1e12,
        description="SKIRT photon packets; noise falls with the square root.",
    )
    skirt_resources: Path | None = Field(
        None,
        description="SKIRT's resource folder; the embedded engine then uses its tables.",
    )
    simulation_mode: Literal["DustEmission", "ExtinctionOnly"] = Field(
        "DustEmission", description="SKIRT mode; dust emission is negligible in ugriz."
    )
    instrument_grid: Literal["bands", "log"] = Field(
        "bands", description="SKIRT's own SDSS bands, or 1000 logarithmic bins to 3.7 micron."
    )
    dust_to_metals: float = Field(
        0.3, ge=0, le=1, description="Dust mass per mass of metals in star-forming gas."
    )
    seeing_fwhm_arcsec: dict[Band, Positive] = Field(
        {"u": 1.53, "g": 1.44, "r": 1.32, "i": 1.26, "z": 1.29},
        description="FWHM of the Gaussian PSF [arcsec] (SDSS DR16).",
    )
    sky_mag_arcsec2: dict[Band, Annotated[float, Field(ge=10, le=30)]] = Field(
        {"u": 22.01, "g": 21.84, "r": 20.84, "i": 20.16, "z": 18.96},
        description="Sky brightness [AB mag/arcsec2] (SDSS DR16).",
    )
    sky: Literal["subtracted", "added", "none"] = Field(
        "subtracted", description="Noise of the sky without its mean, with its mean, or no sky."
    )

    @model_validator(mode="after")
    def _every_band(self):
        for key in ("seeing_fwhm_arcsec", "sky_mag_arcsec2"):
            missing = set("ugriz") - set(getattr(self, key))
            if missing:
                raise ValueError(f"{key} lacks band {', '.join(sorted(missing))}")
        return self


class Hi(Section):
    """HI cubes (paper, section 3.2)."""

    channels: int = Field(64, ge=8, le=4096, description="Spectral channels of the cube.")
    channel_width_km_s: Positive = Field(5.0, description="Width of a channel [km/s].")
    beam_fwhm_arcsec: Positive = Field(10.0, description="FWHM of the Gaussian beam [arcsec].")
    beam_truncation_fwhm: float = Field(
        3.0, ge=1, le=10, description="Radius where the beam is cut [FWHM]."
    )
    noise_rms_jy_arcsec2: float = Field(
        5e-6, ge=0, description="Noise rms after convolution with the beam [Jy/arcsec2]."
    )
    line_width: Literal["thermal"] | Positive = Field(
        "thermal", description="Velocity dispersion of a cell: thermal, or a fixed value [km/s]."
    )
    keep_cubes: bool = Field(True, description="Keep the cubes after their moments are made.")


class Moments(Section):
    """Moment maps of the HI cubes."""

    clip_sigma: float = Field(
        3.0,
        ge=0,
        le=20,
        description="Least voxel, in rms of the cube smoothed to twice the beam; 0: all count.",
    )
    min_column_density_cm2: float = Field(
        3.1622776601683794e19, ge=0, description="Pixels below this N_HI are masked [cm^-2]."
    )
    min_flux_jy_beam_km_s: float | None = Field(
        None, ge=0, description="A limit on moment 0 in place of the column density [Jy/beam km/s]."
    )


class Profiles(Section):
    """The truth: masses enclosed within radii that are spaced logarithmically."""

    radii: int = Field(20, ge=2, le=200, description="Number of radii.")
    min_radius_kpc: Positive = Field(1.0, description="Innermost radius [kpc].")
    max_radius_kpc: float = Field(100.0, gt=0, le=100, description="Outermost radius [kpc].")

    @model_validator(mode="after")
    def _radii_in_order(self):
        if self.min_radius_kpc >= self.max_radius_kpc:
            raise ValueError("min_radius_kpc must be below max_radius_kpc")
        return self


class Dataset(Section):
    """How galaxies are split; a galaxy is never in two parts."""

    train_fraction: float = Field(0.6, gt=0, lt=1, description="Fraction of galaxies to train on.")
    val_fraction: float = Field(
        0.2, gt=0, lt=1, description="Fraction to stop training by; the rest is the test split."
    )

    @model_validator(mode="after")
    def _leaves_a_test_split(self):
        if self.train_fraction + self.val_fraction >= 1:
            raise ValueError("train_fraction + val_fraction must leave galaxies for the test split")
        return self


class Figures(Section):
    """What the figures show."""

    example_galaxies: SubhaloIds | Count = Field(
        2, description="Galaxies of fig01 and fig02: subhalo ids, or how many to draw."
    )
    profile_galaxies: SubhaloIds | Count = Field(
        6, description="Test galaxies whose predicted profiles are drawn: ids, or how many to draw."
    )
    ensemble_galaxies: SubhaloIds | Count = Field(
        2, description="Test galaxies of fig06, with the bootstrap's intervals: ids, or how many."
    )
