"""Section ``cutouts``."""

from pydantic import Field

from umbra.config.section import CHANGES_NO_RESULT, Section


class CutoutSettings(Section):
    """The sphere of particles around each galaxy."""

    radius_kpc: float = Field(
        100.0,
        ge=100,
        description="Smallest radius [kpc]; it is larger if half the diagonal of the farthest"
        " image is.",
    )
    chunks_per_job: int = Field(
        2,
        ge=1,
        description="Snapshot files that one job reads. After a change, all files are read again.",
        json_schema_extra=CHANGES_NO_RESULT,
    )
