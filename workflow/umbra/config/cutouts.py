"""Section ``cutouts``."""

from pydantic import Field

from umbra.config.section import CHANGES_NO_RESULT, Section


class CutoutSettings(Section):
    """The sphere of particles around each galaxy."""

    radius_kpc: float = Field(
        100.0,
        ge=100,
        le=1e6,
        description="Least radius [kpc]. A galaxy gets a larger one if half the diagonal of its"
        " farthest image is longer.",
    )
    chunks_per_job: int = Field(
        2,
        ge=1,
        description="Snapshot files that one job reads. After a change, all files are read again.",
        json_schema_extra=CHANGES_NO_RESULT,
    )
