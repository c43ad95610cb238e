"""Files of rings in the format of 3DBAROLO."""

from pathlib import Path


def write_barolo_rings(path: Path, velocities, *, error: float = 1) -> None:
    """Write rings of these velocities [km/s], 10 arcsec apart.

    The errors are `error` to one side, and `error` times the number of the ring to the other.
    """
    names = "#RAD(Kpc) RAD(arcs) VROT(km/s) DISP(km/s) INC(deg) P.A.(deg) VSYS(km/s)"
    names += " E_VROT1 E_VROT2"
    rows = [
        f"{k} {10 * k + 5} {v} 8 60 30 1 {-4 * error} {k * error}" for k, v in enumerate(velocities)
    ]
    path.write_text("\n".join([names, *rows]))
