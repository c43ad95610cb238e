"""A sample file, and the observation that the tests of realisations use."""

from collections.abc import Sequence
from pathlib import Path

from umbra.config.observation import ObservationSettings

OBSERVATION = ObservationSettings(
    realisations=3,
    min_distance_mpc=10.0,
    max_distance_mpc=20.0,
    field_of_view_arcmin=17.2,
    pixels=128,
)
COLUMNS = "subhalo_id,group_id,x_ckpc_h,y_ckpc_h,z_ckpc_h,vx_km_s,vy_km_s,vz_km_s"


def write_galaxies_csv(path: Path, *, ids: Sequence[int], centre_ckpc_h: float = 37500.0) -> Path:
    """Write a sample of galaxies at rest, with the same three coordinates."""
    place = f"{centre_ckpc_h},{centre_ckpc_h},{centre_ckpc_h},0.0,0.0,0.0"
    rows = [f"{galaxy},{group},{place}" for group, galaxy in enumerate(ids)]
    path.write_text("\n".join([COLUMNS, *rows, ""]))
    return path
