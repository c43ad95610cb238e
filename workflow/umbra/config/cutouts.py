"""Section ``cutouts``."""

from pydantic import Field

from umbra.config.section import CHANGES_NO_RESULT, Section


class CutoutSettings(Section):
    """The sphere of particles around each galaxy."""

    radius_kpc: float = Field(
        100.0,
        ge=100,
        description="Least radius [kpc]; it grows to the half-diagonal of the farthest image.",
    )
    chunks_per_job: int = Field(
        2,
        ge=1,
        description="Snapshot files that one job streams; another number reads all of them again.",
        json_schema_extra=CHANGES_NO_RESULT,
    )
