"""The test of the mass model on idealised curves."""

import numpy as np
import pandas as pd
import pytest

from mass_model_case import HUBBLE, RADII_KPC, write_cutout
from umbra.classical.rotation_curve.idealised import (
    IDEALISED_COLUMNS,
    fit_idealised_curve,
    idealised_curve,
    write_idealised_curves,
)
from umbra.dataset.inputs import MASS_PROFILE_COLUMNS
from umbra.physics.halo import circular_velocity_squared, nfw_enclosed_mass
from umbra.tables import read_table, write_table

HALOES = [(110.0, 14.0), (180.0, 8.0), (140.0, 10.0)]


def profile_of(v200, c200, hubble=HUBBLE):
    """Return the mass profile of an exact NFW halo with stars and gas."""
    dm = nfw_enclosed_mass(RADII_KPC, v200_km_s=v200, c200=c200, hubble=hubble)
    stars = 3e10 * (1 - np.exp(-RADII_KPC / 4) * (1 + RADII_KPC / 4))
    columns = [RADII_KPC, dm, stars, 0.2 * stars, *[np.full(20, 1000)] * 3]
    return pd.DataFrame(dict(zip(MASS_PROFILE_COLUMNS, columns, strict=True)))


class Split:
    """The test split of a dataset."""

    def __init__(self, galaxies):
        self.galaxy = np.repeat(galaxies, 2)


def test_true_nfw_haloes_are_found(tmp_path, monkeypatch):
    profiles, cutouts = {}, {}
    for galaxy, halo in enumerate(HALOES, start=3):
        profiles[galaxy] = tmp_path / f"{galaxy}.csv"
        write_table(profile_of(*halo), profiles[galaxy])
        cutouts[galaxy] = write_cutout(tmp_path / str(galaxy))
    monkeypatch.setattr(
        "umbra.classical.rotation_curve.idealised.read_split_table",
        lambda path, split: Split(list(profiles)),
    )
    write_idealised_curves(
        dataset=tmp_path / "dataset.hdf5",
        # Galaxies of the other splits are not fitted.
        profiles=profiles | {9: tmp_path / "none.csv"},
        cutouts=cutouts | {9: tmp_path / "none.hdf5"},
        seed=1,
        halo="nfw",
        max_steps=50_000,
        output=tmp_path / "table.csv",
    )
    columns = dict.fromkeys(IDEALISED_COLUMNS, float) | {"galaxy": int, "reason": str}
    table = read_table(tmp_path / "table.csv", columns).set_index("galaxy")
    assert list(table.index) == list(profiles) and (table["reason"] == "").all()
    for row, (v200, _) in zip(table.itertuples(), HALOES, strict=True):
        # An error of 10 % in velocity is 0.09 dex in mass at one radius, and there are 20 radii.
        assert row.rms_dex < 0.2 and abs(row.bias_dex) < 0.15
        assert row.v200_km_s == pytest.approx(v200, rel=0.2)
        assert 0.3 < row.reduced_chi2 < 2.2 and row.radii == 20
    assert table["fraction_within_68"].mean() > 0.3
    # Of a run with another h, the same masses are those of other haloes.
    cutouts = {
        galaxy: write_cutout(tmp_path / str(galaxy), hubble=2 * HUBBLE) for galaxy in cutouts
    }
    write_idealised_curves(
        dataset=tmp_path / "dataset.hdf5",
        profiles=profiles,
        cutouts=cutouts,
        seed=1,
        halo="nfw",
        max_steps=50_000,
        output=tmp_path / "other.csv",
    )
    other = read_table(tmp_path / "other.csv", columns).set_index("galaxy")
    assert (other["c200"] < 0.8 * table["c200"]).all()


def test_a_fit_that_does_not_converge_has_its_reason_and_no_numbers():
    row = fit_idealised_curve(
        profile_of(*HALOES[0]), galaxy=3, hubble=HUBBLE, halo="nfw", seed=1, max_steps=20
    )
    assert row == {"galaxy": 3, "radii": 20, "reason": row["reason"]}
    assert row["reason"].startswith("fit not converged: 20 steps")


def test_radii_without_dark_matter_are_left_out():
    profile = profile_of(*HALOES[0])
    profile.loc[:1, "dm_mass_msun"] = 0
    row = fit_idealised_curve(profile, galaxy=3, hubble=HUBBLE, halo="nfw", seed=1, max_steps=20)
    assert row["radii"] == 18


def test_the_curve_is_that_of_all_masses_with_errors_of_a_tenth():
    profile = profile_of(*HALOES[0])
    total = profile[["dm_mass_msun", "stellar_mass_msun", "gas_mass_msun"]].sum(axis=1)
    true = np.sqrt(circular_velocity_squared(total.to_numpy(), RADII_KPC))
    rng = np.random.default_rng(1)
    curves = [idealised_curve(profile, rng) for _ in range(500)]
    ratio = np.array([curve.velocity_km_s for curve in curves]) / true
    np.testing.assert_allclose(ratio.mean(axis=0), 1, atol=5 * 0.1 / np.sqrt(500))
    np.testing.assert_allclose(ratio.std(axis=0), 0.1, rtol=5 / np.sqrt(1000))
    for curve in curves:
        np.testing.assert_allclose(curve.error_km_s, 0.1 * true)
    # All stars of a galaxy share one error.
    stars = circular_velocity_squared(profile["stellar_mass_msun"].to_numpy(), RADII_KPC)
    factors = np.array([np.sqrt(curve.stellar_velocity_squared / stars) for curve in curves])
    np.testing.assert_allclose(factors, factors[:, :1] * np.ones(20))
    assert factors[:, 0].std() == pytest.approx(0.1, rel=5 / np.sqrt(1000))


def test_idealised_curve_is_the_circular_velocity():
    assert circular_velocity_squared(1e11, 10.0) == pytest.approx(207.4**2, rel=1e-3)
