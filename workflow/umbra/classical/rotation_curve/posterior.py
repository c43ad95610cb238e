"""The Bayesian fit of the mass model to one rotation curve, and its files."""

import csv
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from umbra.classical.rotation_curve.curve_model import NAMES, Priors, RotationCurve, Target
from umbra.errors import Rejected
from umbra.files import atomic
from umbra.physics.halo import nfw_enclosed_mass

logger = logging.getLogger(__name__)

MASS_COLUMNS = ("radius_kpc", "log10_mass_dm", "lower_68", "upper_68")
MINIMUM_POINTS = 3
WALKERS = 32
BLOCK_STEPS = 1000
# a chain is long enough at so many autocorrelation times (Foreman-Mackey et al. 2013, section 4),
# if their estimate moved by less than this fraction in the last block
AUTOCORRELATION_TIMES = 50
STABLE_FRACTION = 0.1
_BURN_IN = 0.25
_DATASETS = ("samples", "best", "autocorrelation_time")
_ATTRIBUTES = ("reduced_chi2", "acceptance", "steps", "converged")


@dataclass(frozen=True)
class Posterior:
    """What a fit found.

    Parameters
    ----------
    samples : ndarray, shape (S, 5)
        Nearly independent draws, in the order of `NAMES`.
    best : ndarray, shape (5,)
        The most probable draw.
    reduced_chi2 : float
        Of `best`: chi^2 over points less free parameters; NaN if there are no more points.
    autocorrelation_time : ndarray, shape (5,)
        In steps; NaN for a parameter that was kept fixed.
    acceptance : float
        Mean accepted fraction.
    steps : int
        Steps of each walker.
    converged : bool
    """

    samples: np.ndarray
    best: np.ndarray
    reduced_chi2: float
    autocorrelation_time: np.ndarray
    acceptance: float
    steps: int
    converged: bool


def fit_rotation_curve(
    curve: RotationCurve,
    priors: Priors,
    *,
    hubble: float,
    rng: np.random.Generator,
    max_steps: int = 50_000,
) -> Posterior:
    """Sample the posterior of the mass model.

    Parameters
    ----------
    curve : RotationCurve
    priors : Priors
    hubble : float
        Little h of the critical density.
    rng : numpy.random.Generator
        Everything random comes from it.
    max_steps : int
        Steps of each walker after which the fit is given up.

    Returns
    -------
    Posterior

    Raises
    ------
    Rejected
        If the curve has too few points or belongs to a disc seen face-on, or if the chains did not
        converge.

    References
    ----------
    Foreman-Mackey et al. (2013), section 4; moves by differential evolution: ter Braak (2006).
    """
    import emcee  # slow to import

    if len(curve.radius_kpc) < MINIMUM_POINTS:
        raise Rejected(f"rotation curve has {len(curve.radius_kpc)} points, too few to fit")
    if np.sin(np.deg2rad(curve.inclination_deg)) <= 0:
        raise Rejected("rotation curve belongs to a disc seen face-on")
    target = Target(curve, priors, hubble)
    # a tenth of the steps is as long as the difference of two walkers, to change between modes
    moves = [(emcee.moves.DEMove(), 0.9), (emcee.moves.DEMove(gamma0=1.0), 0.1)]
    state = emcee.State(target.walkers(WALKERS, rng))
    state.random_state = np.random.RandomState(rng.integers(2**32)).get_state()
    sampler = emcee.EnsembleSampler(
        WALKERS, state.coords.shape[1], target.log_density, vectorize=True, moves=moves
    )
    converged, previous = False, np.inf
    while not converged and sampler.iteration < max_steps:
        # in proportion to the length: else ever smaller changes would look stable
        block = max(BLOCK_STEPS, sampler.iteration // 4)
        state = sampler.run_mcmc(state, min(block, max_steps - sampler.iteration))
        burnt = int(_BURN_IN * sampler.iteration)
        tau = emcee.autocorr.integrated_time(sampler.get_chain(discard=burnt), tol=0)
        long_enough = sampler.iteration - burnt > AUTOCORRELATION_TIMES * tau.max()
        stable = np.all(np.abs(tau - previous) < STABLE_FRACTION * tau)
        converged, previous = bool(long_enough and stable), tau
    logger.info("%d steps, autocorrelation times %s", sampler.iteration, np.round(tau, 1))
    if not converged:
        raise Rejected(
            f"fit not converged: {sampler.iteration} steps, autocorrelation time {tau.max():.0f}"
        )
    return _posterior(target, sampler, burnt, tau)


def _posterior(target: Target, sampler, burnt: int, tau: np.ndarray) -> Posterior:
    options = {"discard": burnt, "thin": max(1, round(tau.max())), "flat": True}
    coordinates = sampler.get_chain(discard=burnt, flat=True)
    best = coordinates[[np.argmax(sampler.get_log_prob(discard=burnt, flat=True))]]
    freedom = len(target.curve.radius_kpc) - len(tau)
    chi2 = float(np.sum(target.residuals(best) ** 2))
    times = np.full(len(NAMES), np.nan)
    times[target.free] = tau
    return Posterior(
        samples=target.parameters(sampler.get_chain(**options)),
        best=target.parameters(best)[0],
        reduced_chi2=chi2 / freedom if freedom > 0 else np.nan,
        autocorrelation_time=times,
        acceptance=float(np.mean(sampler.acceptance_fraction)),
        steps=sampler.iteration,
        converged=True,
    )


def dark_mass(
    posterior: Posterior, radius_kpc: np.ndarray, *, hubble: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the enclosed dark mass of the fitted halo, and how far it is known.

    Parameters
    ----------
    posterior : Posterior
    radius_kpc : ndarray, shape (R,)
        Radii [kpc].
    hubble : float
        Little h, as in the fit.

    Returns
    -------
    median, lower, upper : ndarray, shape (R,)
        log10 of the mass [Msun]: the 50th, 16th and 84th percentile.
    """
    _, v200, c200, _, _ = posterior.samples.T[:, :, None]
    mass = nfw_enclosed_mass(radius_kpc, v200_km_s=v200, c200=c200, hubble=hubble)
    lower, median, upper = np.percentile(np.log10(mass), [16, 50, 84], axis=0)
    return median, lower, upper


def write_posterior(posterior: Posterior, path: Path) -> None:
    """Write a posterior as HDF5.

    Datasets ``samples`` (S, 5), ``best`` (5,) and ``autocorrelation_time`` (5,), each with the
    attribute ``names``; root attributes reduced_chi2, acceptance, steps, converged.
    """
    import h5py  # only those who read or write chains need it

    with atomic(path) as temporary, h5py.File(temporary, "w") as file:
        for name in _DATASETS:
            data = file.create_dataset(name, data=getattr(posterior, name))
            data.attrs["names"] = NAMES
        for name in _ATTRIBUTES:
            file.attrs[name] = getattr(posterior, name)


def read_posterior(path: Path) -> Posterior:
    """Read what `write_posterior` wrote."""
    import h5py

    with h5py.File(path, "r") as file:
        return Posterior(
            **{name: file[name][:] for name in _DATASETS},
            **{name: file.attrs[name].item() for name in _ATTRIBUTES},
        )


def write_dark_mass(
    posterior: Posterior, radius_kpc: np.ndarray, path: Path, *, hubble: float
) -> None:
    """Write `dark_mass` as CSV with the columns `MASS_COLUMNS`."""
    columns = (radius_kpc, *dark_mass(posterior, radius_kpc, hubble=hubble))
    with atomic(path) as temporary, open(temporary, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(MASS_COLUMNS)
        writer.writerows([f"{value:.9g}" for value in row] for row in zip(*columns, strict=True))
