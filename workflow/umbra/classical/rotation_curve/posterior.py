"""The Bayesian fit of the mass model to one rotation curve, and the files of its result."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from umbra.classical.rotation_curve.mass_model import (
    PARAMETERS,
    Baryons,
    PosteriorDensity,
    Priors,
    RotationCurve,
    dark_matter_mass,
)
from umbra.errors import Rejected
from umbra.tables import MAKE_AGAIN, read_table, write_table

logger = logging.getLogger(__name__)

MASS_COLUMNS = ("radius_kpc", "log10_mass_dm", "lower_68", "upper_68")
HALO_COLUMNS = ("halo", "reduced_chi2", "waic", *PARAMETERS, "reason")
MINIMUM_POINTS = 3
WALKERS = 32
BLOCK_STEPS = 1000
# A chain is long enough after this number of autocorrelation times (Foreman-Mackey et al. 2013,
# section 4), if their estimate changed by less than this fraction in the last block.
AUTOCORRELATION_TIMES = 50
STABLE_FRACTION = 0.1
_BURN_IN = 0.25
_DATASETS = ("samples", "best", "autocorrelation_time")
_ATTRIBUTES = ("halo", "reduced_chi2", "waic", "acceptance", "steps", "converged")


@dataclass(frozen=True)
class Posterior:
    """The result of a fit.

    Parameters
    ----------
    samples : ndarray, shape (n, 5)
        Nearly independent draws of `PARAMETERS`.
    best : ndarray, shape (5,)
        The draw nearest to the mode of the posterior in the quantities in which the priors are
        stated: V200 and C200, not their logarithms, and log10 of the mass-to-light ratio if its
        prior is normal in that.
    halo : str
        The kind of halo.
    reduced_chi2 : float
        Chi^2 of `best` over the number of points less that of free parameters; NaN if there are
        no more points than free parameters.
    waic : float
        Widely applicable information criterion: the smaller it is, the better the halo predicts
        other measurements of the same curve. Only differences between haloes matter.
    autocorrelation_time : ndarray, shape (5,)
        Autocorrelation time of each parameter [steps]; NaN for a fixed parameter.
    acceptance : float
        Mean accepted fraction of the proposed steps.
    steps : int
        Steps of each walker.
    converged : bool
        Whether the chains were long enough.
    """

    samples: np.ndarray
    best: np.ndarray
    halo: str
    reduced_chi2: float
    waic: float
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
    halo: str,
    max_steps: int = 50_000,
) -> Posterior:
    """Sample the posterior of the mass model.

    Parameters
    ----------
    curve : RotationCurve
        The data.
    priors : Priors
        The priors of the parameters.
    hubble : float
        Little h, which relates V200 to R200.
    rng : numpy.random.Generator
        Source of all random numbers.
    halo : str
        One of `umbra.classical.rotation_curve.mass_model.HALOES`.
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
    Foreman-Mackey et al. 2013, PASP 125, 306, section 4: convergence.
    ter Braak 2006, Statistics and Computing 16, 239: moves by differential evolution.
    """
    import emcee  # its import is slow

    if len(curve.radius_kpc) < MINIMUM_POINTS:
        raise Rejected(f"rotation curve has {len(curve.radius_kpc)} points, too few to fit")
    if np.sin(np.deg2rad(curve.inclination_deg)) <= 0:
        raise Rejected("rotation curve belongs to a disc seen face-on")
    density = PosteriorDensity(curve, priors, hubble, halo)
    # A tenth of the steps is as long as the difference of two walkers: it can change the mode.
    moves = [(emcee.moves.DEMove(), 0.9), (emcee.moves.DEMove(gamma0=1.0), 0.1)]
    state = emcee.State(density.walkers(WALKERS, rng))
    state.random_state = np.random.RandomState(rng.integers(2**32)).get_state()
    sampler = emcee.EnsembleSampler(
        WALKERS, state.coords.shape[1], density.log_density, vectorize=True, moves=moves
    )
    converged, previous = False, np.inf
    while not converged and sampler.iteration < max_steps:
        # Blocks grow with the chain: over short blocks every estimate would look stable.
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
    return _posterior(density, sampler, burnt, tau)


def _posterior(density: PosteriorDensity, sampler, burnt: int, tau: np.ndarray) -> Posterior:
    chain = sampler.get_chain(discard=burnt, flat=True)
    stated = sampler.get_log_prob(discard=burnt, flat=True) - density.log_jacobian(chain)
    best = chain[[np.argmax(stated)]]
    draws = sampler.get_chain(discard=burnt, thin=max(1, round(tau.max())), flat=True)
    freedom = len(density.curve.radius_kpc) - len(tau)
    chi2 = float(np.sum(density.residuals(best) ** 2))
    times = np.full(len(PARAMETERS), np.nan)
    times[density.free] = tau
    return Posterior(
        samples=density.parameters(draws),
        best=density.parameters(best)[0],
        halo=density.halo,
        reduced_chi2=chi2 / freedom if freedom > 0 else np.nan,
        waic=_waic(density, draws),
        autocorrelation_time=times,
        acceptance=float(np.mean(sampler.acceptance_fraction)),
        steps=sampler.iteration,
        converged=True,
    )


def _waic(density: PosteriorDensity, draws: np.ndarray) -> float:
    """Return -2 (lppd - p) (Watanabe 2010, JMLR 11, 3571)."""
    likelihood = -0.5 * density.residuals(draws) ** 2
    likelihood = likelihood - np.log(np.sqrt(2 * np.pi) * density.curve.error_km_s)
    predictive = np.logaddexp.reduce(likelihood, axis=0) - np.log(len(draws))
    return float(-2 * np.sum(predictive - np.var(likelihood, axis=0, ddof=1)))


def fitted_log10_mass_dm(
    posterior: Posterior, radius_kpc: np.ndarray, baryons: Baryons, *, hubble: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the enclosed dark-matter mass of the fitted halo with its 68 % interval.

    Parameters
    ----------
    posterior : Posterior
        Result of the fit.
    radius_kpc : ndarray, shape (radii,)
        Radii [kpc].
    baryons : Baryons
        Stars and gas, out to the largest radius.
    hubble : float
        Little h, as in the fit.

    Returns
    -------
    median, lower, upper : ndarray, shape (radii,)
        50th, 16th and 84th percentile of log10 of the mass [Msun].
    """
    mass = dark_matter_mass(
        radius_kpc, posterior.samples, baryons, hubble=hubble, halo=posterior.halo
    )
    lower, median, upper = np.percentile(np.log10(mass), [16, 50, 84], axis=0)
    return median, lower, upper


def write_posterior(posterior: Posterior, path: Path) -> None:
    """Write ``posterior.hdf5``.

    It has the datasets ``samples`` (n, 5), ``best`` (5,) and ``autocorrelation_time`` (5,), each
    with the attribute ``names``; attributes of the file are halo, reduced_chi2, waic, acceptance,
    steps and converged.
    """
    from umbra.hdf5 import create  # its import is slow, and only users of posteriors need it

    with create(path) as file:
        for name in _DATASETS:
            data = file.create_dataset(name, data=getattr(posterior, name))
            data.attrs["names"] = PARAMETERS
        for name in _ATTRIBUTES:
            file.attrs[name] = getattr(posterior, name)


def read_posterior(path: Path) -> Posterior:
    """Read ``posterior.hdf5``.

    Raises
    ------
    Damaged
        If the file is not such a posterior.
    InputError
        If the system does not let it be read.
    """
    from umbra.hdf5 import open_content

    with open_content(path, fault="is not a posterior", remedy=MAKE_AGAIN) as file:
        arrays = {name: file[name][:] for name in _DATASETS}
        numbers = {name: _scalar(file.attrs[name]) for name in _ATTRIBUTES}
    return Posterior(**arrays, **numbers)


def _scalar(value: np.generic | str) -> float | int | bool | str:
    return value if isinstance(value, str) else value.item()


def write_halos(fits: Mapping[str, Posterior | Rejected], path: Path) -> None:
    """Write ``halos.csv``: a row for each kind of halo, with `HALO_COLUMNS`.

    The parameters are medians. A fit that failed has its reason and no numbers.
    """
    rows = [
        (halo, *[np.nan] * (len(HALO_COLUMNS) - 2), str(fit))
        if isinstance(fit, Rejected)
        else (halo, fit.reduced_chi2, fit.waic, *np.median(fit.samples, axis=0), "")
        for halo, fit in fits.items()
    ]
    table = pd.DataFrame(rows, columns=HALO_COLUMNS)
    write_table(table, path, formats=dict.fromkeys(HALO_COLUMNS[1:-1], ".6g"))


def write_mass_dm(
    posterior: Posterior, radius_kpc: np.ndarray, baryons: Baryons, path: Path, *, hubble: float
) -> None:
    """Write ``mass.csv``: `fitted_log10_mass_dm` with the columns `MASS_COLUMNS`."""
    columns = (radius_kpc, *fitted_log10_mass_dm(posterior, radius_kpc, baryons, hubble=hubble))
    table = pd.DataFrame(dict(zip(MASS_COLUMNS, columns, strict=True)))
    write_table(table, path, formats=dict.fromkeys(MASS_COLUMNS, ".9g"))


def read_mass_dm(path: Path) -> pd.DataFrame:
    """Read ``mass.csv``.

    Raises
    ------
    InputError
        If the file is not such a table.
    """
    return read_table(path, dict.fromkeys(MASS_COLUMNS, float))
