"""The posterior of a rotation-curve fit: each parameter, and each pair of parameters."""

from pathlib import Path
from textwrap import fill

import numpy as np
from matplotlib.figure import Figure

from umbra.classical.rotation_curve.mass_model import PARAMETERS as NAMES
from umbra.classical.rotation_curve.posterior import Posterior, read_posterior
from umbra.figures import style
from umbra.files import rejection

PARAMETER_LABELS = {
    "upsilon": r"$\Upsilon_*$ [$M_\odot/L_\odot$]",
    "v200_km_s": r"$V_{200}$ [km/s]",
    "c200": r"$C_{200}$",
    "distance_mpc": r"$D$ [Mpc]",
    "inclination_deg": r"$i$ [deg]",
}
_SIZE_INCHES = 1.75
# All but the outermost draws: a long tail would leave no room for the rest.
_SHOWN_FRACTION = 0.995


@style.styled
def plot_corner(posterior: Posterior, *, title: str) -> Figure:
    """Draw the posterior with its median and 68 % interval, and contours of 68 and 95 %.

    Parameters
    ----------
    posterior : Posterior
        Parameters that were kept fixed are left out.
    title : str
        What was fitted: galaxy and realisation.

    Returns
    -------
    Figure
    """
    import corner  # its import is slow

    free = [index for index in range(len(NAMES)) if np.ptp(posterior.samples[:, index]) > 0]
    figure = Figure(figsize=(_SIZE_INCHES * len(free), _SIZE_INCHES * len(free) + 0.4))
    corner.corner(
        posterior.samples[:, free],
        fig=figure,
        labels=(labels := [PARAMETER_LABELS[NAMES[index]] for index in free]),
        titles=[label.split(" [")[0] for label in labels],
        range=[_SHOWN_FRACTION] * len(free),
        quantiles=[0.16, 0.5, 0.84],
        levels=[0.68, 0.95],
        color=style.BLUE,
        bins=25,
        smooth=0.8,
        plot_datapoints=False,
        show_titles=True,
        title_quantiles=[0.16, 0.5, 0.84],
        title_kwargs={"fontsize": 8.5},
        label_kwargs={"fontsize": 9},
        labelpad=0.08,
        max_n_ticks=4,
    )
    _mark_best(figure, posterior.best[free])
    summary = rf"reduced $\chi^2$ = {posterior.reduced_chi2:.2f}, {len(posterior.samples)} draws"
    figure.suptitle(f"{title}\n{summary}", x=0.97, y=0.97, ha="right", va="top")
    return figure


def _mark_best(figure: Figure, best: np.ndarray) -> None:
    """Mark the most probable draw in each panel of pairs."""
    panels = np.reshape(figure.axes, (len(best), len(best)))
    for row, column in zip(*np.tril_indices(len(best), -1), strict=True):
        options = {"marker": "+", "markersize": 8, "color": style.VERMILLION}
        panels[row, column].plot(best[column], best[row], **options)


@style.styled
def plot_no_posterior(title: str, reason: str) -> Figure:
    """Return a figure with the reason why there is no posterior."""
    figure = Figure(figsize=(6, 2))
    options = {"ha": "center", "va": "center", "color": style.VERMILLION}
    figure.text(0.5, 0.4, fill(f"no fit: {reason}", 70), **options)
    figure.suptitle(title)
    return figure


def draw_corner(*, posterior: Path, galaxy: int, realisation: int, pdf: Path, png: Path) -> None:
    """Draw the posterior of a galaxy, or the reason why there is none.

    Parameters
    ----------
    posterior : Path
        ``posterior.hdf5``, or the marker of a rejected galaxy.
    galaxy, realisation : int
        They are named in the title.
    pdf, png : Path
        The figure's files.
    """
    title, reason = f"galaxy {galaxy}, realisation {realisation}", rejection(posterior)
    if reason is None:
        figure = plot_corner(read_posterior(posterior), title=title)
    else:
        figure = plot_no_posterior(title, reason)
    style.save(figure, pdf=pdf, png=png)
