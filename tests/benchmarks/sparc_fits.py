"""Fits of ten SPARC galaxies beside the published ones: a table and docs/images/sparc.png.

``python tests/benchmarks/sparc_fits.py``: most curves are in ``shared/`` beside the checkout.
Galaxies, priors and published fits: ``tests/builders/sparc_case.py``.
"""

import sys
import time
from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from umbra.classical.rotation_curve.mass_model import PARAMETERS, RotationCurve
from umbra.classical.rotation_curve.posterior import Posterior, fit_rotation_curve
from umbra.figures import style
from umbra.physics.halo import nfw_velocity_squared
from umbra.seeds import Stage, generator

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.append(str(REPOSITORY / "tests" / "builders"))
import sparc_case  # noqa: E402

SEED = 1
_DRAWN = 200
LINES = {
    "all": style.LineStyle("all", style.BLACK, ""),
    "NFW halo": style.LineStyle("NFW halo", style.BLUE, "", "--"),
    "stars": style.LineStyle("stars", style.VERMILLION, "", "-."),
    "gas": style.LineStyle("gas", style.GREEN, "", ":"),
}


def table_row(name: str, posterior: Posterior, seconds: float) -> str:
    """Return a row of the table: medians, and half the width of the central 68 %."""
    published = sparc_case.GALAXIES[name]
    low, median, high = np.percentile(posterior.samples, [16, 50, 84], axis=0)
    half = (high - low) / 2
    cells = [name, f"{posterior.reduced_chi2:.2f}", f"{published.reduced_chi2:.2f}"]
    for key in ("v200_km_s", "c200", "upsilon"):
        column, (value, error) = PARAMETERS.index(key), getattr(published, key)
        digits = 2 if key == "upsilon" else 1
        cells.append(f"{median[column]:.{digits}f} ± {half[column]:.{digits}f}")
        cells.append(f"{value:.{digits}f} ± {error:.{digits}f}")
    return f"| {' | '.join([*cells, str(posterior.steps), f'{seconds:.1f}'])} |"


def components(curve: RotationCurve, posterior: Posterior) -> dict[str, np.ndarray]:
    """Return percentiles 16, 50 and 84 of each part [km/s], at the measured inclination."""
    draws = posterior.samples[:: max(1, len(posterior.samples) // _DRAWN)]
    upsilon, v200, c200, distance, inclination = draws.T[:, :, None]
    stretch = distance / curve.distance_mpc
    projection = np.sin(np.deg2rad(inclination)) / np.sin(np.deg2rad(curve.inclination_deg))
    halo = nfw_velocity_squared(
        stretch * curve.radius_kpc, v200_km_s=v200, c200=c200, hubble=sparc_case.HUBBLE
    )
    squared = {
        "stars": stretch * upsilon * curve.stellar_velocity_squared,
        "gas": stretch * curve.gas_velocity_squared,
        "NFW halo": halo,
    }
    squared["all"] = sum(squared.values())
    return {
        name: np.percentile(
            np.sign(part) * np.sqrt(np.abs(part)) * projection, [16, 50, 84], axis=0
        )
        for name, part in squared.items()
    }


def plot(fits: dict[str, tuple[RotationCurve, Posterior]]) -> Figure:
    """Draw the curves with the fitted parts, one panel for each galaxy."""
    figure = Figure(figsize=(12, 5.2), layout="constrained")
    panels = figure.subplots(2, 5)
    for panel, (name, (curve, posterior)) in zip(panels.flat, fits.items(), strict=True):
        panel.errorbar(
            curve.radius_kpc,
            curve.velocity_km_s,
            curve.error_km_s,
            fmt="o",
            color=style.GREY,
            markersize=2.5,
            elinewidth=0.8,
            label="measured",
            zorder=1,
        )
        parts = components(curve, posterior)
        for name_of_part, line in LINES.items():
            low, median, high = parts[name_of_part]
            panel.fill_between(
                curve.radius_kpc, low, high, color=line.colour, alpha=0.2, linewidth=0
            )
            panel.plot(
                curve.radius_kpc,
                median,
                color=line.colour,
                linestyle=line.dashes,
                label=line.label,
            )
        panel.set_title(rf"{name}, $\chi^2_\nu$ = {posterior.reduced_chi2:.2f}")
        panel.set_xlim(left=0)
        panel.set_ylim(bottom=0)
    for panel in panels[1]:
        panel.set_xlabel("radius [kpc]")
    for panel in panels[:, 0]:
        panel.set_ylabel("velocity [km/s]")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return figure


def main() -> None:
    """Fit, print the table, write the figure."""
    print(
        "| galaxy | reduced χ² | published | V200 [km/s] | published | C200 | published "
        "| Υ [Msun/Lsun] | published | steps | CPU [s] |"
    )
    print("|" + "---|" * 11)
    fits = {}
    for number, name in enumerate(sparc_case.GALAXIES):
        curve, priors = sparc_case.curve(name), sparc_case.priors(name)
        start = time.process_time()
        rng = generator(SEED, Stage.ROTATION_CURVE, number)
        posterior = fit_rotation_curve(curve, priors, hubble=sparc_case.HUBBLE, rng=rng, halo="nfw")
        print(table_row(name, posterior, time.process_time() - start), flush=True)
        fits[name] = curve, posterior
    with rc_context(style.RC):
        plot(fits).savefig(REPOSITORY / "docs" / "images" / "sparc.png", dpi=110)


if __name__ == "__main__":
    main()
