"""Section ``simulation``."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from umbra.config.section import CHANGES_NO_RESULT, Section

UNIVERSE_SNAPSHOT = 99


class SourceSettings(Section):
    """Which run, and where it is."""

    source: Literal["universe", "local", "api"] = Field(
        "universe",
        description="universe: the embedded synthetic universe; local: a TNG run on disk; api:"
        " TNG's web API (key in the environment variable TNG_API_KEY).",
    )
    path: Path | None = Field(
        None,
        description="The run's `output` folder (it holds snapdir_099 and groups_099); for local.",
        json_schema_extra=CHANGES_NO_RESULT,
    )
    name: str = Field(
        "TNG100-1", pattern=r"^[\w.-]+$", description="The run's name in the web API; for api."
    )
    snapshot: int = Field(
        UNIVERSE_SNAPSHOT, ge=0, description="Snapshot number; 99 is z = 0 in TNG."
    )
    allow_missing_chunks: bool = Field(
        False, description="Warn, and go on, when chunk files of the snapshot are missing."
    )

    @model_validator(mode="after")
    def _local_needs_a_path(self):
        if self.source == "local" and self.path is None:
            raise ValueError("source is local, so path must name the run's `output` folder")
        if self.source == "universe" and self.snapshot != UNIVERSE_SNAPSHOT:
            raise ValueError(f"source is universe, whose only snapshot is {UNIVERSE_SNAPSHOT}")
        return self


class DownloadSettings(Section):
    """How files are downloaded from TNG's web API; this does not change the files."""

    api_url: str = Field(
        "https://www.tng-project.org/api",
        description="Address of the web API. It must begin with https://, because the key is sent"
        " to it.",
        json_schema_extra=CHANGES_NO_RESULT,
    )
    api_timeout_s: float = Field(
        120.0,
        ge=0.1,
        le=3600,
        description="A download fails when no byte arrives for this time [s], when it takes three"
        " times as long to begin, or when it brings less than 10 kB/s in the rest of its time.",
        json_schema_extra=CHANGES_NO_RESULT,
    )
    api_attempts: int = Field(
        6,
        ge=1,
        le=100,
        description="Attempts at a download, with growing pauses between them.",
        json_schema_extra=CHANGES_NO_RESULT,
    )

    @model_validator(mode="after")
    def _key_is_sent_safely(self):
        here = "localhost", "127.0.0.1"
        address = urlsplit(self.api_url)
        safe = address.scheme == "https" or (address.scheme == "http" and address.hostname in here)
        if not (safe and address.hostname) or address.username or address.query:
            raise ValueError(
                "api_url must be an address that begins with https://, because the key is sent to"
                " it"
            )
        return self


class SimulationSettings(DownloadSettings, SourceSettings):
    """Where the particles come from."""

    keep_downloads: bool = Field(
        True,
        description="Keep whole haloes from the web API after cutouts are made from them.",
        json_schema_extra=CHANGES_NO_RESULT,
    )
