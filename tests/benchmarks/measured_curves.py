"""Whether the dark matter of measured rotation curves, with its 68 % band, holds the truth.

``nice python tests/benchmarks/measured_curves.py RUN FOLDER [--galaxies N] [--light METHOD]``: RUN
and FOLDER as for ``ring_success.py``, whose cubes and rings in FOLDER are used, or made; RUN must
have ``results/photometry`` too. The light profile and the mass model are made as the workflow does,
in half a minute of CPU, but with photutils, unless METHOD is autoprof: then AutoProf's environment
must be in the folder that the configuration names.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.classical.rotation_curve.galaxy_fit import fit_galaxy
from umbra.classical.rotation_curve.light.autoprof_environment import ready_marker
from umbra.classical.rotation_curve.light.profile import measure_light
from umbra.classical.rotation_curve.posterior import read_mass_dm, read_posterior
from umbra.classical.rotation_curve.rings import read_rings
from umbra.dataset.inputs import read_mass_profile
from umbra.errors import Rejected

sys.path.append(str(Path(__file__).resolve().parents[1] / "builders"))
from observed_views import CONFIG, View, inclined_views, rings_of


def true_profile(view: View, run: Path) -> pd.DataFrame:
    """Return the true masses of a view's galaxy."""
    return read_mass_profile(run / f"results/profiles/{view.galaxy}.csv")


def fit_view(view: View, run: Path, light: str) -> None:
    """Measure the light of a view and fit its mass model, unless that was done before."""
    if (view.folder / "mass.csv").exists():
        return
    image = run / f"results/photometry/{view.galaxy}.fits"
    environment = ready_marker(CONFIG.rotation_curve.autoprof_environment)
    measure_light(
        image=image,
        realisation=view.realisation,
        method=light,
        imaging=CONFIG.photometry,
        environment=environment if light == "autoprof" else None,
        folder=view.folder,
    )
    fit_galaxy(
        galaxy=view.galaxy,
        realisation=view.realisation,
        rings=view.rings,
        disc=view.folder / "disc.csv",
        moments=view.moments,
        cutout=run / f"results/cutouts/{view.galaxy}.hdf5",
        radius_kpc=true_profile(view, run)["radius_kpc"].to_numpy(),
        settings=CONFIG.rotation_curve.fit,
        seed=CONFIG.seed,
        **{name: view.folder / f"{name}.csv" for name in ("mass", "halos")},
        posterior=view.folder / "posterior.hdf5",
    )


def measure(view: View, run: Path) -> dict[str, float]:
    """Return how far the fitted dark matter is from the truth, at all radii and among the rings."""
    fitted = read_mass_dm(view.folder / "mass.csv")
    rings = read_rings(view.rings)
    posterior = read_posterior(view.folder / "posterior.hdf5")
    truth = np.log10(true_profile(view, run)["dm_mass_msun"])
    off = fitted["log10_mass_dm"] - truth
    inside = truth.between(fitted["lower_68"], fitted["upper_68"])
    among = fitted["radius_kpc"].between(rings.radius_kpc[0], rings.radius_kpc[-1])
    return {
        "galaxy": view.galaxy,
        "true_deg": view.inclination_deg,
        "fitted_deg": np.median(rings.inclination_deg),
        "rings": rings.radius_kpc.size,
        "last_kpc": rings.radius_kpc[-1],
        "chi2": posterior.reduced_chi2,
        "upsilon": np.median(posterior.samples[:, 0]),
        "band_dex": np.mean(fitted["upper_68"] - fitted["lower_68"]),
        "rms_dex": np.sqrt(np.mean(off**2)),
        "bias_dex": off.mean(),
        "within": inside.mean(),
        "rms_rings": np.sqrt(np.mean(off[among] ** 2)),
        "within_rings": inside[among].mean(),
    }


def main() -> None:
    """Print a line for each galaxy, and the numbers of all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--galaxies", type=int, default=15)
    parser.add_argument("--light", choices=("photutils", "autoprof"), default="photutils")
    options = parser.parse_args()
    rows, rejected = [], 0
    for view in inclined_views(options.run, options.folder, galaxies=options.galaxies):
        try:
            if failure := rings_of(view):
                raise Rejected(failure)
            fit_view(view, options.run, options.light)
        except Rejected as reason:
            rejected += 1
            print(f"galaxy {view.galaxy}: {reason}", flush=True)
            continue
        rows.append(measure(view, options.run))
        print(pd.DataFrame(rows[-1:]).round(2).to_string(index=False), flush=True)
    print(f"{rejected} of {len(rows) + rejected} galaxies have no curve")
    table = pd.DataFrame(rows)
    for where, rms, within in (
        ("all radii", "rms_dex", "within"),
        ("the radii among the rings", "rms_rings", "within_rings"),
    ):
        total = np.sqrt(np.mean(table[rms] ** 2))
        print(
            f"{len(table)} curves, {where}: rms {total:.2f} dex, median {table[rms].median():.2f};"
            f" truth within 68 % at {table[within].mean():.0%} of the radii"
        )


if __name__ == "__main__":
    main()
