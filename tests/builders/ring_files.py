"""Files of rings in the format of 3DBAROLO."""

from pathlib import Path


def write_barolo_rings(path: Path, velocities, *, inclination_deg: float = 60) -> None:
    """Write rings of these velocities [km/s], 10 arcsec apart."""
    names = "#RAD(Kpc) RAD(arcs) VROT(km/s) DISP(km/s) INC(deg) P.A.(deg) VSYS(km/s)"
    rows = [f"{k} {10 * k + 5} {v} 8 {inclination_deg} 30 1" for k, v in enumerate(velocities)]
    path.write_text("\n".join([names, *rows]))
