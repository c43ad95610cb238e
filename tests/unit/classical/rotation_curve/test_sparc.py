"""Real rotation curves, and the published fits of the same model to them."""

import numpy as np
import pytest

import sparc_case
from umbra.classical.rotation_curve.mass_model import PARAMETERS
from umbra.classical.rotation_curve.posterior import fit_rotation_curve


@pytest.mark.parametrize("name", ["NGC3198", "NGC2403", "DDO154"])
def test_the_fit_is_the_published_one(name):
    published = sparc_case.GALAXIES[name]
    posterior = fit_rotation_curve(
        sparc_case.curve(name),
        sparc_case.priors(name),
        hubble=sparc_case.HUBBLE,
        halo="nfw",
        rng=np.random.default_rng(1),
    )
    median = dict(zip(PARAMETERS, np.median(posterior.samples, axis=0), strict=True))
    print(
        f"{name}: reduced chi2 {posterior.reduced_chi2:.2f} (published "
        f"{published.reduced_chi2:.2f}), V200 {median['v200_km_s']:.1f} km/s (published "
        f"{published.v200_km_s[0]:.1f} +- {published.v200_km_s[1]:.1f})"
    )
    # Both fits use the same data, so they differ by far less than their errors.
    for key in ("v200_km_s", "c200", "upsilon"):
        value, error = getattr(published, key)
        assert median[key] == pytest.approx(value, abs=0.5 * error)
    assert posterior.reduced_chi2 == pytest.approx(published.reduced_chi2, rel=0.05)
    width = np.std(posterior.samples[:, PARAMETERS.index("v200_km_s")])
    assert width == pytest.approx(published.v200_km_s[1], rel=0.25)
