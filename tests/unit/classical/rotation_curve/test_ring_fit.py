"""Rotation curves of HI cubes by 3DBAROLO, for discs whose rotation is known."""

import re
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

import hi_discs
from ring_files import write_barolo_rings
from umbra.classical.rotation_curve import barolo
from umbra.classical.rotation_curve.ring_fit import fit_rings
from umbra.classical.rotation_curve.rings import read_rings
from umbra.config.hi import CubeSettings, MomentSettings
from umbra.config.rotation_curve import RingSettings
from umbra.errors import InputError, Rejected
from umbra.hi.cube import cube_header, observe_hi
from umbra.hi.moments import write_moments
from umbra.observation.sky_grid import SkyGrid

TELESCOPE = CubeSettings(
    channels=64,
    channel_width_km_s=5.0,
    beam_fwhm_arcsec=10.0,
    beam_truncation_fwhm=3.0,
    noise_rms_jy_arcsec2=5e-6,
    line_width="thermal",
)
GRID = SkyGrid(pixels=40, field_of_view_arcmin=5.375)  # pixels as large as those of the pipeline
MOMENTS = MomentSettings(clip_sigma=4, min_column_density_cm2=10**19.5)
SETTINGS = {
    "inclination": "free",
    "min_inclination_deg": 30.0,
    "max_inclination_deg": 80.0,
    "inclination_range_deg": 15.0,
    "max_rings": 30,
    "min_ring_fraction": 0.5,
}


def rotation(radius_kpc):
    return 130 * (1 - np.exp(-radius_kpc / 0.5))


def disc(hi_mass_msun: float, radius_kpc: float):
    return hi_discs.disc(
        rotation_km_s=rotation,
        cells=3000,
        radius_kpc=radius_kpc,
        hi_mass_msun=hi_mass_msun,
        smoothing_length_kpc=0.3,
    )


def write_realisation(
    folder: Path,
    *,
    inclination_deg: float,
    hi_mass_msun: float = 6e8,
    radius_kpc: float = 4.0,
) -> Path:
    """Write the cube and the moment maps of a disc into a folder."""
    realisation = hi_discs.inclined_realisation(inclination_deg)
    data = observe_hi(
        source=disc(hi_mass_msun, radius_kpc),
        realisation=realisation,
        grid=GRID,
        telescope=TELESCOPE,
        rng=np.random.default_rng(4),
    )
    header = fits.Header(cube_header(realisation=realisation, grid=GRID, telescope=TELESCOPE))
    fits.PrimaryHDU(data, header).writeto(folder / "cube.fits")
    write_moments(cubes=[folder / "cube.fits"], moments=MOMENTS, output=folder / "moments.fits")
    return folder


def fit(realisation: Path, folder: Path, **settings):
    return fit_rings(
        cube=realisation / "cube.fits",
        moments=realisation / "moments.fits",
        realisation=0,
        settings=RingSettings(**SETTINGS | settings),
        folder=folder,
    )


@pytest.fixture(scope="module")
def inclined(tmp_path_factory):
    return write_realisation(tmp_path_factory.mktemp("inclined"), inclination_deg=60.0)


@pytest.fixture(scope="module")
def free(inclined, tmp_path_factory):
    folder = tmp_path_factory.mktemp("free")
    return folder, fit(inclined, folder)


def test_the_curve_of_a_known_disc_is_found_with_free_inclination(free):
    _, rings = free
    assert rings.radius_arcsec.size >= 6
    np.testing.assert_allclose(np.diff(rings.radius_arcsec), TELESCOPE.beam_fwhm_arcsec)
    ratio = rings.velocity_km_s / rotation(rings.radius_kpc)
    np.testing.assert_allclose(ratio[2:], 1, atol=0.05)
    np.testing.assert_allclose(rings.inclination_deg, 60, atol=4)
    np.testing.assert_allclose(np.abs(rings.systemic_velocity_km_s), 0, atol=2)


def test_the_curve_is_found_better_with_the_inclination_fixed(inclined, tmp_path):
    rings = fit(inclined, tmp_path, inclination=60.0)
    ratio = rings.velocity_km_s / rotation(rings.radius_kpc)
    np.testing.assert_allclose(ratio[2:], 1, atol=0.03)
    np.testing.assert_allclose(rings.inclination_deg, 60, atol=1e-2)
    assert not rings.inclination_error_deg.any()


def test_parameters_and_log_are_kept_and_nothing_else(free):
    folder, rings = free
    assert sorted(path.name for path in folder.iterdir()) == [
        *("barolo.log", "barolo.par", "barolo_approaching.log", "barolo_approaching.par"),
        *("barolo_receding.log", "barolo_receding.par", "rings.csv"),
    ]
    parameters = dict(line.split(maxsplit=1) for line in open(folder / "barolo.par"))
    assert parameters["FITSFILE"].strip() == "cube.fits"
    assert "3DFIT" in (folder / "barolo.log").read_text()
    written = read_rings(folder / "rings.csv").velocity_km_s
    np.testing.assert_allclose(written, rings.velocity_km_s, atol=1e-3)


def test_errors_are_as_large_as_what_the_fit_is_wrong_by(free):
    _, rings = free
    assert np.all(rings.velocity_error_km_s > 0) and np.all(rings.inclination_error_deg > 0)
    wrong = rings.velocity_km_s - rotation(rings.radius_kpc)
    assert np.median(rings.velocity_error_km_s[2:]) < 6
    assert np.median(np.abs(wrong[2:])) < 3 * np.median(rings.velocity_error_km_s[2:])


def test_a_half_that_cannot_be_fitted_leaves_the_errors_of_the_other(
    inclined, tmp_path, monkeypatch
):
    write_barolo_rings(tmp_path / "rings", [70, 90, 100, 105, 110, 112, 114, 115])
    write_barolo_rings(tmp_path / "half", [70, 90, 100, 105, 110, 112, 114, 121])
    script = f"""grep -q '^SIDE *A$' barolo.par && exit 1
mkdir output; side=rings; grep -q '^SIDE *R$' barolo.par && side=half
cp {tmp_path}/$side output/rings_final1.txt"""
    monkeypatch.setattr(barolo, "barolo_program", lambda: program(tmp_path / "BBarolo", script))
    rings = fit(inclined, tmp_path / "galaxy")
    np.testing.assert_allclose(rings.velocity_error_km_s[-2:], 6 / np.sqrt([3, 2]))


def test_without_both_halves_there_are_no_errors_and_so_no_rings(inclined, tmp_path, monkeypatch):
    write_barolo_rings(tmp_path / "rings", [70, 90, 100, 105, 110, 112, 114, 115])
    script = f"""grep -q '^SIDE *B$' barolo.par || exit 1
mkdir output; cp {tmp_path}/rings output/rings_final1.txt"""
    monkeypatch.setattr(barolo, "barolo_program", lambda: program(tmp_path / "BBarolo", script))
    with pytest.raises(Rejected, match="neither half of the disc"):
        fit(inclined, tmp_path / "galaxy")
    assert not (tmp_path / "galaxy/rings.csv").exists()


def test_wide_rings_are_fitted_to_a_cube_of_fewer_pixels(tmp_path):
    """Three rings are wider than four pixels of the cube, so the fit has pixels twice as large."""
    write_realisation(tmp_path, inclination_deg=60.0, hi_mass_msun=2e9, radius_kpc=6.0)
    rings = fit(tmp_path, tmp_path, inclination=60.0, max_rings=3)
    text = (tmp_path / "barolo.par").read_text()
    place = float(re.search(r"XPOS +(\S+)", text)[1])
    assert place == pytest.approx((GRID.pixels / 2 - 1) / 2, abs=0.5)
    ratio = rings.velocity_km_s / rotation(rings.radius_kpc)
    np.testing.assert_allclose(ratio[1:], 1, atol=0.05)


def test_a_disc_that_fills_two_rings_has_two_rings_with_errors(tmp_path):
    write_realisation(tmp_path, inclination_deg=55.0, hi_mass_msun=1e8, radius_kpc=0.8)
    rings = fit(tmp_path, tmp_path, inclination=55.0)
    assert rings.radius_arcsec.size == 2
    assert np.all(np.isfinite(rings.velocity_error_km_s) & (rings.velocity_error_km_s > 0))
    # Within the first ring the curve rises to three quarters of its height.
    assert rings.velocity_km_s[1] == pytest.approx(rotation(rings.radius_kpc[1]), rel=0.15)


def test_a_cube_of_noise_is_rejected(tmp_path):
    write_realisation(tmp_path, inclination_deg=60.0, hi_mass_msun=1.0)
    with pytest.raises(Rejected, match="no detectable HI emission"):
        fit(tmp_path, tmp_path)


def test_a_disc_seen_face_on_is_rejected(tmp_path):
    write_realisation(tmp_path, inclination_deg=0.0)
    with pytest.raises(Rejected, match="seen face-on"):
        fit(tmp_path, tmp_path)


def test_an_inclination_that_cannot_be_deprojected_is_rejected(inclined, tmp_path):
    with pytest.raises(Rejected, match="inclination of .* degrees, which is not within 70 to 80"):
        fit(inclined, tmp_path, min_inclination_deg=70.0)


def program(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_a_crash_is_a_rejection_and_its_log_is_kept(inclined, tmp_path, monkeypatch):
    crash = program(tmp_path / "BBarolo", "echo MASKING error; kill -ABRT $$")
    monkeypatch.setattr(barolo, "barolo_program", lambda: crash)
    folder = tmp_path / "galaxy"
    with pytest.raises(Rejected, match="3DBAROLO failed with status -6: MASKING error"):
        fit(inclined, folder)
    assert (folder / "barolo.log").read_text() == "MASKING error\n"
    assert not (folder / "rings.csv").exists()


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("kill -KILL $$", r"3DBAROLO was ended from outside \(Killed\)"),
        ("echo cannot write: No space left on device; exit 1", "No space left on device"),
    ],
)
def test_what_the_system_does_to_the_program_is_no_rejection(
    inclined, tmp_path, monkeypatch, script, reason
):
    monkeypatch.setattr(barolo, "barolo_program", lambda: program(tmp_path / "BBarolo", script))
    with pytest.raises(InputError, match=reason):
        fit(inclined, tmp_path / "galaxy")


def test_a_program_that_cannot_be_loaded_stops_the_run(inclined, tmp_path, monkeypatch):
    missing = program(tmp_path / "BBarolo", "echo libwcs.so.7: not found; exit 127")
    monkeypatch.setattr(barolo, "barolo_program", lambda: missing)
    with pytest.raises(InputError, match="does not start .*libwcs.*make setup"):
        fit(inclined, tmp_path)


def test_a_realisation_that_has_no_moments_is_named(inclined, tmp_path):
    with pytest.raises(InputError, match="holds no moment maps of realisation 3"):
        fit_rings(
            cube=inclined / "cube.fits",
            moments=inclined / "moments.fits",
            realisation=3,
            settings=RingSettings(**SETTINGS),
            folder=tmp_path,
        )
