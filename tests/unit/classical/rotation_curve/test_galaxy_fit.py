"""The fit of one galaxy, from files whose parameters are known."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mass_model_case import (
    COLOUR,
    DISTANCE_MPC,
    HUBBLE,
    INCLINATION_DEG,
    RADII_KPC,
    TRUTH,
    fit_arguments,
    true_curve,
    write_cutout,
    write_disc_table,
    write_ring_table,
)
from umbra.classical.rotation_curve.galaxy_fit import (
    baryons_of,
    fit_galaxy,
    fitted_rings,
    rotation_curve_of,
)
from umbra.classical.rotation_curve.light.bulge import Bulge
from umbra.classical.rotation_curve.light.disc_table import read_disc
from umbra.classical.rotation_curve.mass_model import PARAMETERS
from umbra.classical.rotation_curve.mass_to_light import bell2003_mass_to_light
from umbra.classical.rotation_curve.posterior import HALO_COLUMNS, read_mass_dm, read_posterior
from umbra.classical.rotation_curve.rings import read_rings
from umbra.classical.rotation_curve.stars import bulge_velocity_squared, stars_of_light
from umbra.config.rotation_curve import MassModelSettings
from umbra.constants import GRAVITATIONAL_CONSTANT_KPC_KM2_S2_MSUN as GRAVITATIONAL_CONSTANT
from umbra.errors import InputError, Rejected
from umbra.physics.halo import nfw_enclosed_mass
from umbra.tables import read_table


def stars_of(disc):
    settings = MassModelSettings()
    return stars_of_light(read_disc(disc), distance_mpc=DISTANCE_MPC, settings=settings)


def test_known_parameters_are_recovered(tmp_path):
    fit_galaxy(**fit_arguments(tmp_path))
    posterior = read_posterior(tmp_path / "posterior.hdf5")
    low, high = np.percentile(posterior.samples, [0.5, 99.5], axis=0)
    assert np.all(low < TRUTH) and np.all(high > TRUTH)
    # The halo is constrained.
    assert np.std(posterior.samples[:, 1]) < 15
    # 95 % of a chi^2 of 25 degrees of freedom over 25.
    assert 0.52 < posterior.reduced_chi2 < 1.63
    assert posterior.converged and posterior.samples.shape[1] == len(PARAMETERS)
    assert np.all(posterior.steps * 0.75 > 50 * posterior.autocorrelation_time)
    assert 0.1 < posterior.acceptance < 0.6
    radius, median, lower, upper = read_mass_dm(tmp_path / "mass.csv").to_numpy().T
    true = np.log10(nfw_enclosed_mass(RADII_KPC, v200_km_s=TRUTH[1], c200=TRUTH[2], hubble=HUBBLE))
    assert radius == pytest.approx(RADII_KPC)
    assert np.all((lower < median) & (median < upper))
    width = (upper - lower) / 2
    assert np.all(np.abs(median - true) < 3 * width)
    # Where the curve is, the mass is known to a few hundredths; elsewhere less well.
    assert width[RADII_KPC < 25].max() < 0.15
    assert width[-1] > width[(RADII_KPC > 15) & (RADII_KPC < 25)].max()


def test_little_h_is_that_of_the_run(tmp_path):
    """R200 is V200 / 10 H0: of the same curve, a run with a larger h makes smaller haloes."""
    masses = {}
    for hubble in (HUBBLE, 2 * HUBBLE):
        folder = tmp_path / str(hubble)
        folder.mkdir()
        fit_galaxy(**fit_arguments(folder, hubble=hubble))
        posterior = read_posterior(folder / "posterior.hdf5")
        _, v200, c200, _, _ = posterior.samples.T
        # The draws and the table belong together with this h alone.
        expected = np.log10(
            np.median(nfw_enclosed_mass(10.0, v200_km_s=v200, c200=c200, hubble=hubble))
        )
        table = read_mass_dm(folder / "mass.csv")
        masses[hubble] = np.interp(1, np.log10(table["radius_kpc"]), table["log10_mass_dm"])
        assert masses[hubble] == pytest.approx(expected, abs=0.02)
        masses[hubble] = np.median(v200), np.median(c200), masses[hubble]
    (v200, c200, mass), (other_v200, other_c200, other_mass) = masses.values()
    # The mass within the curve stays; the halo that has it is another one.
    assert other_mass == pytest.approx(mass, abs=0.05)
    assert other_v200 != pytest.approx(v200, rel=0.02)
    assert other_c200 < 0.8 * c200


def test_a_bulge_adds_its_mass_where_it_is():
    """Far out it is a point of the mass of the light, 10^(-0.4 (m - 5.11)) Lsun at 10 pc."""
    bulge = Bulge(19.0, 10.0, 1.0)
    far = np.array([300.0])
    squared = bulge_velocity_squared(far, bulge, distance_mpc=DISTANCE_MPC)
    b = 1.6783  # of an exponential, whose whole light is 2 pi n e^b b^-2n Gamma(2n) I_e R_e^2
    flux = 10 ** (-0.4 * 19.0) * 2 * np.pi * np.exp(b) / b**2 * 10.0**2
    absolute = -2.5 * np.log10(flux) - 5 * np.log10(DISTANCE_MPC * 1e5)
    luminosity = 10 ** (-0.4 * (absolute - 5.11))
    assert squared == pytest.approx(4.30091e-6 * luminosity / far, rel=5e-3)
    assert not bulge_velocity_squared(far, None, distance_mpc=DISTANCE_MPC).any()


def test_haloes_are_compared_in_a_table(tmp_path):
    arguments = fit_arguments(tmp_path, compared_halos=("isothermal", "nfw"))
    fit_galaxy(**arguments)
    table = read_table(
        tmp_path / "halos.csv", dict.fromkeys(HALO_COLUMNS, float) | {"halo": str, "reason": str}
    ).set_index("halo")
    assert list(table.index) == ["nfw", "isothermal"]
    found = read_posterior(tmp_path / "posterior.hdf5")
    assert found.halo == "nfw"
    assert table.loc["nfw", "waic"] == pytest.approx(found.waic, rel=1e-5)
    assert table.loc["nfw", "waic"] < table.loc["isothermal", "waic"]
    assert table.loc["nfw", "v200_km_s"] == pytest.approx(TRUTH[1], rel=0.2)


def test_a_fit_that_does_not_converge_is_rejected(tmp_path):
    with pytest.raises(Rejected, match="not converged"):
        fit_galaxy(**fit_arguments(tmp_path, max_steps=1000))
    assert not (tmp_path / "posterior.hdf5").exists() and not (tmp_path / "mass.csv").exists()


def test_files_are_read_as_they_say(tmp_path):
    rings = write_ring_table(tmp_path / "rings.csv", true_curve())
    disc = write_disc_table(tmp_path / "disc.csv")
    measured, stars = read_rings(rings), stars_of(disc)
    baryons = baryons_of(stars, None, measured.radius_kpc, distance_mpc=DISTANCE_MPC)
    curve = rotation_curve_of(measured, baryons, velocity_error_floor_km_s=3.0)
    assert curve.velocity_km_s == pytest.approx(true_curve().velocity_km_s, abs=1e-4)
    assert curve.error_km_s == pytest.approx(5.0)
    expected = true_curve().stellar_velocity_squared
    assert curve.stellar_velocity_squared == pytest.approx(expected, rel=1e-4)
    assert curve.inclination_deg == INCLINATION_DEG and not curve.gas_velocity_squared.any()
    rings.write_text("radius_kpc,velocity_km_s\n1,2\n")
    with pytest.raises(InputError, match=r"rings\.csv: no column .*velocity_error_km_s.* again"):
        read_rings(rings)
    pd.concat([pd.read_csv(disc)] * 2).to_csv(disc, index=False)
    with pytest.raises(InputError, match=r"disc\.csv: 2 rows where one is expected; .* again"):
        read_disc(disc)


def test_colour_narrows_the_mass_to_light_ratio(tmp_path):
    fit_galaxy(**fit_arguments(tmp_path, colour_prior=True))
    upsilon = read_posterior(tmp_path / "posterior.hdf5").samples[:, 0]
    expected = np.log10(bell2003_mass_to_light(COLOUR, imf="kroupa"))
    assert np.std(np.log10(upsilon)) < 0.1
    assert abs(np.mean(np.log10(upsilon)) - expected) < 0.2


def test_a_bulge_that_the_light_does_not_show_is_not_taken_for_dark_matter(tmp_path):
    """8e9 Msun in the centre, behind dust. With all rings and any ratio, they go to the halo."""
    settings = {"inner_radius_scale_lengths": 1.5, "colour_prior": True}
    off = {}
    for name, chosen in (("outer", settings), ("all", {})):
        (tmp_path / name).mkdir()
        arguments = fit_arguments(tmp_path / name, **chosen)
        curve = true_curve()
        squared = curve.velocity_km_s**2 + 8e9 * GRAVITATIONAL_CONSTANT / curve.radius_kpc
        write_ring_table(arguments["rings"], replace(curve, velocity_km_s=np.sqrt(squared)))
        fit_galaxy(**arguments)
        radius, median, *_ = read_mass_dm(arguments["mass"]).to_numpy().T
        true = nfw_enclosed_mass(radius, v200_km_s=TRUTH[1], c200=TRUTH[2], hubble=HUBBLE)
        off[name] = (median - np.log10(true))[(radius > 2) & (radius < 30)]
    rms = {name: np.sqrt(np.mean(values**2)) for name, values in off.items()}
    assert rms["outer"] < 0.15 and rms["outer"] < 0.5 * rms["all"]


def test_rings_where_an_exponential_disc_is_a_poor_measure_are_left_out(tmp_path):
    rings = read_rings(write_ring_table(tmp_path / "rings.csv", true_curve()))
    stars = stars_of(write_disc_table(tmp_path / "disc.csv"))
    scale_kpc = 45 * DISTANCE_MPC * 1e3 / 206264.806
    outer = fitted_rings(rings, stars, inner_scale_lengths=1.5)
    assert 1.5 * scale_kpc <= outer.radius_kpc[0] < 1.5 * scale_kpc + 1
    assert outer.radius_kpc[-1] == rings.radius_kpc[-1]
    assert fitted_rings(rings, stars, inner_scale_lengths=0).radius_kpc.size == 30
    # A small disc of gas still has a fit.
    assert fitted_rings(rings, stars, inner_scale_lengths=99).radius_kpc.size == 3


def test_a_damaged_cutout_is_named(tmp_path):
    arguments = fit_arguments(tmp_path)
    write_cutout(tmp_path).write_text("no HDF5")
    with pytest.raises((InputError, Rejected), match=r"snap_099\.0\.hdf5"):
        fit_galaxy(**arguments)
