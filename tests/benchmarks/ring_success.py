"""How often the ring fit of the workflow succeeds on galaxies that can be deprojected.

``nice python tests/benchmarks/ring_success.py RUN FOLDER [--galaxies N]``: the folder of a run of
the default configuration that still has ``results/cutouts`` and ``results/profiles``; the folder
for cubes and rings, which continues where it was stopped; how many galaxies, all if not given. Of
each galaxy, the first realisation between 30 and 80 deg is fitted, in half a minute of CPU. Every
failure is counted with its reason.
"""

import argparse
import re
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from umbra.classical.rotation_curve.rings import read_rings
from umbra.dataset.inputs import read_mass_profile
from umbra.physics.halo import circular_velocity_squared

sys.path.append(str(Path(__file__).resolve().parents[1] / "builders"))
from observed_views import View, inclined_views, rings_of

# The beam smears the inner rings.
FIRST_RING = 2


def velocity_over_true(view: View, run: Path) -> np.ndarray:
    """Return the velocities of the rings beyond the second over sqrt(G M / R)."""
    rings = read_rings(view.rings)
    profile = read_mass_profile(run / f"results/profiles/{view.galaxy}.csv")
    mass = profile[[f"{name}_mass_msun" for name in ("dm", "stellar", "gas")]].sum(axis=1)
    radius = profile["radius_kpc"].to_numpy()
    true = np.sqrt(circular_velocity_squared(mass.to_numpy(), radius))
    return (rings.velocity_km_s / np.interp(rings.radius_kpc, radius, true))[FIRST_RING:]


def kept_rings(view: View) -> tuple[int, int]:
    """Return how many rings of a view are kept, and how many were asked for."""
    asked = re.search(r"^NRADII +(\d+)", (view.folder / "barolo.par").read_text(), re.MULTILINE)
    return read_rings(view.rings).radius_kpc.size, int(asked[1])


def main() -> None:
    """Print a line for each galaxy, and the numbers of all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--galaxies", type=int)
    options = parser.parse_args()
    ratios, kept, reasons = [], [], Counter()
    for view in inclined_views(options.run, options.folder, galaxies=options.galaxies):
        reason = rings_of(view)
        told = f"galaxy {view.galaxy}, {view.inclination_deg:.0f} deg: "
        if reason:
            reasons[re.sub(r"\d+(\.\d+)?", "N", reason)] += 1
            print(told + reason, flush=True)
            continue
        kept.append(kept_rings(view))
        ratios.append(np.median(velocity_over_true(view, options.run)))
        print(f"{told}{kept[-1][0]} of {kept[-1][1]} rings, V/V_true {ratios[-1]:.3f}", flush=True)
    count = len(ratios) + sum(reasons.values())
    print(f"\n{len(ratios)} of {count} galaxies have a curve: {len(ratios) / count:.0%}")
    print(f"rings kept: {np.divide(*np.sum(kept, axis=0)):.1%}")
    middle = np.nanpercentile(ratios, [50, 16, 84])
    print("V/V_true beyond the second ring: {:.3f} ({:.3f} to {:.3f})".format(*middle))
    for reason, number in reasons.most_common():
        print(f"{number:4d}  {reason}")


if __name__ == "__main__":
    main()
