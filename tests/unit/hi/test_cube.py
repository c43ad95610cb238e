"""HI cubes: mass, orientation, sign of the velocity, rotation, line width, noise, file."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from martini.spectral_models import GaussianSpectrum

from hi_cubes import found_line, found_maps
from hi_discs import disc, inclined_realisation, write_cutout
from umbra.config.hi import CubeSettings, MomentSettings
from umbra.config.observation import ImageSettings, RealisationSettings
from umbra.hi.cube import cube_header, make_cubes, martini_mock, noise_rms_jy_beam, observe_hi
from umbra.hi.reading import Cube, read_cube
from umbra.hi.source import HiSource
from umbra.observation.realisations import Realisation, draw_realisations, project
from umbra.observation.sky_grid import SkyGrid

GRID = SkyGrid(pixels=64, field_of_view_arcmin=8.6)
TELESCOPE = CubeSettings(
    channels=64,
    channel_width_km_s=5.0,
    beam_fwhm_arcsec=10.0,
    beam_truncation_fwhm=3.0,
    noise_rms_jy_arcsec2=0.0,
    line_width="thermal",
)

# HI mass of an integrated flux S [Jy km/s] at D [Mpc]: this x D^2 S (Giovanelli & Haynes 1988)
HI_MASS_MSUN_PER_MPC2_JY_KM_S = 2.36e5
KPC_PER_PIXEL = GRID.side_kpc(10.0) / GRID.pixels


def see(source: HiSource, realisation: Realisation, telescope: CubeSettings = TELESCOPE) -> Cube:
    data = observe_hi(
        source=source,
        realisation=realisation,
        grid=GRID,
        telescope=telescope,
        rng=np.random.default_rng(3),
    )
    header = fits.Header(cube_header(realisation=realisation, grid=GRID, telescope=telescope))
    channel = np.arange(telescope.channels) - (telescope.channels - 1) / 2
    beam = (telescope.beam_fwhm_arcsec,) * 2
    return Cube(
        data.astype(float),
        channel * telescope.channel_width_km_s,
        beam,
        (GRID.pixel_arcsec,) * 2,
        header,
    )


def unclipped_maps(cube: Cube) -> np.ndarray:
    return found_maps(cube, MomentSettings(clip_sigma=0, min_column_density_cm2=1e19))


def test_flux_gives_back_the_hi_mass():
    source = disc(rotation_km_s=lambda radius: 100 + 0 * radius, radius_kpc=9, hi_mass_msun=5e9)
    realisation = inclined_realisation(50, distance_mpc=12.0)
    line = found_line(see(source, realisation), clip_sigma=0)
    mass = HI_MASS_MSUN_PER_MPC2_JY_KM_S * 12.0**2 * line.flux_jy_km_s
    assert mass == pytest.approx(5e9, rel=0.01)


@pytest.mark.parametrize("galaxy", [1, 2, 3])
def test_a_blob_in_each_quadrant_is_where_it_is_projected_to(galaxy):
    settings = RealisationSettings(realisations=1, min_distance_mpc=10, max_distance_mpc=10)
    (realisation,) = draw_realisations(seed=5, galaxy=galaxy, settings=settings)
    # right and up of the four blobs [kpc], and how fast they recede [km/s]; all different
    offsets = np.array([[6.0, 4.0], [-5.0, 6.5], [-7.0, -3.5], [3.0, -8.0]])
    receding = np.array([-110.0, -35.0, 40.0, 115.0])
    sky = np.column_stack([offsets, [5.0, -5.0, 2.0, 0.0]])
    blobs = HiSource(
        position_kpc=sky @ realisation.rotation,
        velocity_km_s=-receding[:, None] * realisation.rotation[2],
        hi_mass_msun=np.full(4, 1e8),
        smoothing_length_kpc=np.full(4, 0.8),
        temperature_k=np.full(4, 8e3),
    )
    np.testing.assert_allclose(project(realisation, blobs.position_kpc), sky, atol=1e-9)
    cube = see(blobs, realisation)
    y, x = np.mgrid[: GRID.pixels, : GRID.pixels]
    for (right, up), recedes in zip(offsets, receding, strict=True):
        channel = np.argmin(np.abs(cube.velocity_km_s - recedes))
        image = cube.flux_jy_beam[channel - 3 : channel + 4].sum(axis=0)
        centre = (GRID.pixels - 1) / 2
        assert np.sum(x * image) / image.sum() == pytest.approx(
            centre + right / KPC_PER_PIXEL, abs=0.1
        )
        assert np.sum(y * image) / image.sum() == pytest.approx(
            centre + up / KPC_PER_PIXEL, abs=0.1
        )


def test_a_rigid_rotator_has_a_linear_velocity_field():
    slope = 10.0  # km/s per kpc
    cube = see(disc(rotation_km_s=lambda radius: slope * radius), inclined_realisation(60))
    velocity = unclipped_maps(cube)[1]
    x_kpc = (np.arange(GRID.pixels) - (GRID.pixels - 1) / 2) * KPC_PER_PIXEL
    inside = np.abs(x_kpc) < 9
    major_axis = velocity[31:33].mean(axis=0)[inside]
    # the disc turns anticlockwise and its upper half is tipped away, so that its right side recedes
    expected = slope * x_kpc[inside] * np.sin(np.radians(60))
    np.testing.assert_allclose(major_axis, expected, atol=2)


def test_a_flat_rotation_curve_is_returned_on_the_major_axis():
    cube = see(disc(rotation_km_s=lambda radius: 120 + 0 * radius), inclined_realisation(70))
    velocity = unclipped_maps(cube)[1]
    x_kpc = (np.arange(GRID.pixels) - (GRID.pixels - 1) / 2) * KPC_PER_PIXEL
    outer = (np.abs(x_kpc) > 6) & (np.abs(x_kpc) < 10)
    measured = np.abs(velocity[31:33, outer]).mean()
    assert measured == pytest.approx(120 * np.sin(np.radians(70)), rel=0.05)
    assert velocity[31, outer].min() == pytest.approx(-velocity[31, outer].max(), rel=0.02)


@pytest.mark.parametrize(
    ("temperature_k", "line_width", "expected"),
    # sqrt(k T / m_p) = 8.12 km/s at 8000 K
    [(8e3, "thermal", 8.12), (3.2e4, "thermal", 16.25), (1e6, 12.0, 12.0)],
)
def test_a_face_on_disc_shows_the_width_of_the_line(temperature_k, line_width, expected):
    source = disc(rotation_km_s=lambda radius: 150 + 0 * radius, temperature_k=temperature_k)
    cube = see(
        source, inclined_realisation(0), TELESCOPE.model_copy(update={"line_width": line_width})
    )
    dispersion = unclipped_maps(cube)[2]
    # a channel adds the variance of its own width
    assert np.nanmedian(dispersion) == pytest.approx(np.hypot(expected, 5 / np.sqrt(12)), rel=0.01)


@pytest.mark.parametrize("beam_fwhm_arcsec", [10.0, 30.0])
def test_noise_after_convolution_has_the_configured_rms(beam_fwhm_arcsec):
    telescope = CubeSettings(
        channels=128, noise_rms_jy_arcsec2=5e-6, beam_fwhm_arcsec=beam_fwhm_arcsec
    )
    # rms [Jy/arcsec2] times the beam's area, which is 113.3 arcsec2 for 10 arcsec
    expected = 5e-6 * 113.3 * (beam_fwhm_arcsec / 10) ** 2
    source = disc(rotation_km_s=lambda radius: 0 * radius, radius_kpc=3)
    cube = see(source, inclined_realisation(0), telescope)
    assert noise_rms_jy_beam(telescope) == pytest.approx(expected, rel=1e-3)
    empty = cube.flux_jy_beam[:48]
    assert empty.std() == pytest.approx(expected, rel=0.02)
    assert abs(empty.mean()) < 0.05 * empty.std()
    assert empty[:, :4].std() == pytest.approx(empty.std(), rel=0.05)  # no weaker at the edge


def test_the_cube_is_martinis_own():
    """The same as MARTINI's spectra and convolution, for narrow, wide and fast gas."""
    source = disc(rotation_km_s=lambda radius: 15 * radius, cells=400)
    source = replace(source, temperature_k=np.geomspace(1e2, 1e6, 400))
    realisation = inclined_realisation(70)
    mock = martini_mock(source, realisation=realisation, grid=GRID, telescope=TELESCOPE)
    mock.spectral_model = GaussianSpectrum(sigma="thermal")
    mock.insert_source_in_cube()
    mock.convolve_beam()
    expected = np.array([channel.value.T for channel in mock.datacube.spatial_slices])[::-1]
    cube = see(source, realisation).flux_jy_beam
    np.testing.assert_allclose(cube, expected, atol=2e-6 * expected.max())


def test_gas_outside_the_cube_leaves_noise_alone():
    source = disc(rotation_km_s=lambda radius: 0 * radius)
    elsewhere = replace(source, position_kpc=source.position_kpc + [500.0, 0, 0])
    telescope = TELESCOPE.model_copy(update={"noise_rms_jy_arcsec2": 5e-6})
    data = see(elsewhere, inclined_realisation(0), telescope).flux_jy_beam
    assert data.std() == pytest.approx(5.67e-4, rel=0.02)
    assert abs(data).max() < 7 * data.std()


OBSERVATION = ImageSettings(realisations=2, field_of_view_arcmin=8.6, pixels=64)
NARROW_BAND = CubeSettings(channels=32, channel_width_km_s=10.0, noise_rms_jy_arcsec2=5e-6)


@pytest.fixture(scope="module")
def cube_paths(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("cubes")
    source = disc(rotation_km_s=lambda radius: 90 + 0 * radius, cells=2000)
    write_cutout(folder / "42.hdf5", source, galaxy=42)
    outputs = [folder / f"42_r{k}.fits" for k in range(2)]
    make_cubes(
        cutout=folder / "42.hdf5",
        seed=1,
        observation=OBSERVATION,
        telescope=NARROW_BAND,
        outputs=outputs,
    )
    return outputs


def test_cube_files_state_sky_velocity_beam_and_noise(cube_paths):
    expected = draw_realisations(seed=1, galaxy=42, settings=OBSERVATION)
    for path, realisation in zip(cube_paths, expected, strict=True):
        header = fits.getheader(path)
        assert (header["GALAXY"], header["REALISAT"]) == (42, realisation.number)
        assert header["DISTMPC"] == realisation.distance_mpc
        # the disc of the cutout lies in the x-y plane
        tilt = np.degrees(np.arccos(abs(realisation.rotation[2, 2])))
        assert header["HIINCL"] == pytest.approx(tilt, abs=0.1)
        assert header["BUNIT"] == "Jy/beam"
        assert header["BMAJ"] * 3600 == pytest.approx(10)
        assert header["NOISERMS"] == pytest.approx(5.67e-4, rel=1e-3)
        wcs = WCS(header)
        assert wcs.wcs.spec == 2
        centre = wcs.wcs_pix2world([[31.5, 31.5, 15.5]], 0)[0]
        np.testing.assert_allclose(centre, [180, 0, 0], atol=1e-9)
        west = wcs.wcs_pix2world([[32.5, 31.5, 16.5]], 0)[0]
        assert west[0] < 180
        assert west[2] == pytest.approx(1e4)  # astropy gives m/s
        cube = read_cube(path)
        assert cube.velocity_km_s[[0, -1]] == pytest.approx([-155, 155])


def test_cubes_of_a_cutout_contain_its_atomic_hydrogen(cube_paths):
    for path in cube_paths:
        cube = read_cube(path)
        line = found_line(cube, clip_sigma=3)
        mass = HI_MASS_MSUN_PER_MPC2_JY_KM_S * cube.header["DISTMPC"] ** 2 * line.flux_jy_km_s
        # 5e9 Msun of gas, three quarters hydrogen, little of it molecular; some below the clip
        assert 0.8 * 0.75 * 5e9 < mass < 1.02 * 0.75 * 5e9


def test_the_seed_alone_decides(cube_paths, tmp_path):
    cutout = cube_paths[0].parent / "42.hdf5"
    again, other = tmp_path / "again.fits", tmp_path / "other.fits"
    settings = {
        "cutout": cutout,
        "observation": OBSERVATION.model_copy(update={"realisations": 1}),
        "telescope": NARROW_BAND,
    }
    make_cubes(seed=1, outputs=[again], **settings)
    make_cubes(seed=2, outputs=[other], **settings)
    assert again.read_bytes() == cube_paths[0].read_bytes()
    assert other.read_bytes() != cube_paths[0].read_bytes()
