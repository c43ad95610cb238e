"""Print the results that the documentation quotes, as ranges over several runs.

``python tests/benchmarks/documented_results.py RUN [RUN ...]``: folders in which the default run
has ended, preferably on different machines. On one machine a run repeats itself.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.classical.rotation_curve.idealised import fit_idealised_curve
from umbra.dataset.inputs import MASS_PROFILE_COLUMNS, read_mass_profile
from umbra.physics.halo import circular_velocity_squared, nfw_enclosed_mass

HUBBLE = 0.6774
HALOES = 50
# Of 3DBAROLO's rings, the inner ones are left out: the beam smears them.
FIRST_RING = 2


def span(values, spec=".2f") -> str:
    """Return the least and the greatest value."""
    low, high = format(np.min(values), spec), format(np.max(values), spec)
    return low if low == high else f"{low} to {high}"


def print_coverage(runs: list[Path]) -> None:
    """Print how often the 68 % interval contains the truth."""
    tables = pd.concat(pd.read_csv(run / "results/uncertainty/methods.csv") for run in runs)
    for (method, channels), rows in tables.groupby(["method", "channels"]):
        sigma = span(rows["coverage_68_sigma"])
        print(f"{method} {channels}: {span(rows['coverage_68'])} +- {sigma}")


def print_half_radii(runs: list[Path]) -> None:
    """Print the radius that contains half of the sensitivity."""
    tables = pd.concat(pd.read_csv(run / "results/sensitivity/half_radii.csv") for run in runs)
    for (radius, channel), rows in tables.groupby(["radius_kpc", "channel"]):
        error = span(rows["standard_error_kpc"], ".1f")
        half = span(rows["half_radius_kpc"], ".1f")
        print(
            f"half of the sensitivity, mass within {radius:.1f} kpc, {channel}: {half} +- {error}"
        )


def print_rings(runs: list[Path]) -> None:
    """Print 3DBAROLO's velocities over the circular velocities, galaxy by galaxy."""
    medians, scatters = [], []
    for path in (path for run in runs for path in sorted(run.glob("results/**/rings.csv"))):
        if path.read_text().startswith("rejected"):
            continue
        rings = pd.read_csv(path)[FIRST_RING:]
        galaxy = path.parent.name
        profile = read_mass_profile(path.parents[3] / "profiles" / f"{galaxy}.csv")
        masses = [f"{name}_mass_msun" for name in ("dm", "stellar", "gas")]
        radius = profile["radius_kpc"].to_numpy()
        mass = profile[masses].sum(axis=1).to_numpy()
        true = np.sqrt(circular_velocity_squared(mass, radius))
        ratio = rings["velocity_km_s"] / np.interp(rings["radius_kpc"], radius, true)
        if len(ratio):
            medians.append(ratio.median())
            scatters.append(ratio.std(ddof=0))
    print(
        f"rings of {len(medians)} galaxies over sqrt(G M / R): median {span(medians)}, scatter"
        f" {span(scatters)}"
    )


def print_idealised(runs: list[Path]) -> None:
    """Print how often fits to true rotation curves contain the truth, and those to exact haloes."""
    tables = [pd.read_csv(run / "results/classical/idealised_curves.csv") for run in runs]
    fractions = [table["fraction_within_68"].mean() for table in tables]
    print(f"idealised curves, truth within 68 % at: {span(fractions)} of the radii")
    rng = np.random.default_rng(1)
    fractions = [_exact_halo(number, rng)["fraction_within_68"] for number in range(HALOES)]
    error = np.std(fractions) / np.sqrt(HALOES)
    print(f"the same for {HALOES} exact NFW haloes: {np.mean(fractions):.2f} +- {error:.2f}")


def _exact_halo(number: int, rng: np.random.Generator) -> dict:
    """Return the fit to an NFW halo with stars and gas."""
    radius = np.geomspace(1, 100, 20)
    v200, c200 = rng.uniform(90, 220), rng.uniform(6, 16)
    dm = nfw_enclosed_mass(radius, v200_km_s=v200, c200=c200, hubble=HUBBLE)
    stars = 3e10 * (1 - np.exp(-radius / 4) * (1 + radius / 4))
    columns = [radius, dm, stars, 0.2 * stars, *[np.full(20, 1000)] * 3]
    profile = pd.DataFrame(dict(zip(MASS_PROFILE_COLUMNS, columns, strict=True)))
    return fit_idealised_curve(profile, galaxy=number, hubble=HUBBLE, seed=1, halo="nfw")


def main() -> None:
    """Print all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path)
    runs = parser.parse_args().runs
    print_coverage(runs)
    print_half_radii(runs)
    print_rings(runs)
    print_idealised(runs)


if __name__ == "__main__":
    main()
