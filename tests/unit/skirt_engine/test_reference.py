"""The executable on the galaxy that SKIRT 9 has done, next to SKIRT's own result."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

DIRECTIONS = ("xy", "xz")
BANDS = "ugriz"
RATIO_RMS = {"xy": 0.05, "xz": 0.10}
ATTENUATION_MAG = {"xy": 0.02, "xz": 0.06}


@pytest.fixture(scope="module")
def skirt(shared_reference):
    return shared_reference / "skirt"


@pytest.fixture(scope="module")
def ours(skirt, tmp_path_factory):
    """Run the command once; return its folder."""
    folder = tmp_path_factory.mktemp("engine")
    command = Path(sys.executable).with_name("umbra-skirt")
    assert command.exists() or shutil.which("umbra-skirt")
    result = subprocess.run(
        [command, "-t", "2", "-i", skirt, "-o", folder, skirt / "tng_ref_ext.ski"],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    return folder


def our_cube(folder, direction, kind):
    return fits.getdata(folder / f"tng_ref_ext_sdss_{direction}_{kind}.fits").astype(float)


def their_cube(folder, direction, kind):
    return fits.getdata(folder / f"ext_{direction}_{kind}.fits").astype(float)


def bins(cube):
    return cube.reshape(len(cube), 16, 8, 16, 8).sum(axis=(2, 4))


def rms(ours, theirs):
    """Return the rms relative difference in bright 8x8 bins, total fluxes matched, per band."""
    a, b = bins(ours), bins(theirs)
    result = []
    for k in range(len(a)):
        bright = b[k] > 0.01 * b[k].max()
        ratio = a[k][bright] / b[k][bright] * b[k].sum() / a[k].sum()
        result.append(np.sqrt(np.mean((ratio - 1) ** 2)))
    return np.array(result)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_transparent_fluxes_and_morphology(ours, skirt, direction, capsys):
    a, b = our_cube(ours, direction, "transparent"), their_cube(skirt, direction, "transparent")
    magnitudes = -2.5 * np.log10(a.sum(axis=(1, 2)) / b.sum(axis=(1, 2)))
    shape = rms(a, b)
    with capsys.disabled():
        print(f"\n{direction}, no dust: dmag {magnitudes.round(3)} morphology rms {shape.round(3)}")
    assert (np.abs(magnitudes) < 0.1).all()
    assert (shape < 0.1).all()


def bright_bins(cube):
    """Return which 8x8-pixel bins are brighter than 1 % of the brightest, per band."""
    binned = bins(cube)
    return binned > 0.01 * binned.max(axis=(1, 2), keepdims=True)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_dust_next_to_skirts(ours, skirt, direction, capsys):
    """The bounds that count: where dust is, and how much light it takes and scatters."""
    kinds = ("total", "transparent", "primaryscattered")
    a = {kind: our_cube(ours, direction, kind) for kind in kinds}
    b = {kind: their_cube(skirt, direction, kind) for kind in kinds}
    sums = [{kind: cube.sum(axis=(1, 2)) for kind, cube in one.items()} for one in (a, b)]
    attenuation = [-2.5 * np.log10(one["total"] / one["transparent"]) for one in sums]
    fraction = [one["primaryscattered"] / one["total"] for one in sums]
    rms = []
    for k, bright in enumerate(bright_bins(b["total"])):
        mine, theirs = (
            bins(one["total"])[k][bright] / bins(one["transparent"])[k][bright] for one in (a, b)
        )
        rms.append(np.sqrt(np.mean((mine / theirs - 1) ** 2)))
    with capsys.disabled():
        print(f"\n{direction} total/transparent in bins: rms {np.round(rms, 3)}")
        print(f"{direction} attenuation [mag]: ours {attenuation[0].round(3)}", end=" ")
        print(f"SKIRT {attenuation[1].round(3)}")
        print(f"{direction} scattered: ours {fraction[0].round(3)} SKIRT {fraction[1].round(3)}")
    assert (np.array(rms) < RATIO_RMS[direction]).all()
    assert (np.abs(attenuation[0] - attenuation[1]) < ATTENUATION_MAG[direction]).all()
    np.testing.assert_allclose(*fraction, rtol=0.10)


def test_dust_mass_is_that_on_skirts_mesh(ours):
    log = (ours / "tng_ref_ext_log.txt").read_text()
    line = next(line for line in log.splitlines() if "Total effective mass" in line)
    assert float(line.split()[-2]) == pytest.approx(2.84e7, rel=0.03)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_files_have_skirts_header_and_axes(ours, skirt, direction):
    name = f"tng_ref_ext_sdss_{direction}_total.fits"
    with fits.open(ours / name) as a, fits.open(skirt / f"ext_{direction}_total.fits") as b:
        a.verify("exception")
        assert a[0].data.shape == b[0].data.shape == (5, 128, 128)
        assert a[0].data.dtype == b[0].data.dtype
        for mine, reference in zip(a, b, strict=True):
            wanted = [key for key in reference.header if key != "COMMENT"]
            assert list(mine.header) == wanted
            for key in wanted:
                if key in ("DATE", "ORIGIN"):
                    continue
                value = reference.header[key]
                if isinstance(value, float):
                    assert mine.header[key] == pytest.approx(value, rel=1e-8)
                else:
                    assert mine.header[key] == value
        np.testing.assert_allclose(a[1].data["GRID_POINTS"], b[1].data["GRID_POINTS"], rtol=0.012)


def test_spectrum_file(ours, skirt):
    mine, reference = ours / "tng_ref_ext_sed_xy_sed.dat", skirt / "ext_xy_sed.dat"
    headers = [
        [line for line in path.read_text().splitlines() if line.startswith("#")]
        for path in (mine, reference)
    ]
    assert headers[0] == headers[1]
    a, b = np.loadtxt(mine), np.loadtxt(reference)
    np.testing.assert_allclose(a[:, 0], b[:, 0], rtol=1e-8)
    ratio = a[:, 2] / b[:, 2]
    assert np.median(np.abs(ratio - 1)) < 0.03
    assert (np.abs(ratio - 1) < 0.25).all()


def test_dust_in_the_spectrum(ours, skirt):
    """On the fine grid, where factors are interpolated between nodes, dust is SKIRT's as well."""
    found = []
    for path in (ours / "tng_ref_ext_sed_xy_sed.dat", skirt / "ext_xy_sed.dat"):
        micron, total, clear, _, scattered = np.loadtxt(path)[:, :5].T
        found.append((-2.5 * np.log10(total / clear), scattered / total))
    optical = (micron > 0.33) & (micron < 1.0)
    difference = (found[0][0] - found[1][0])[optical]
    assert np.abs(np.median(difference)) < 0.02
    assert np.abs(difference).max() < 0.06  # SKIRT's own noise in a bin is 1 to 2 %
    ratio = (found[0][1] / found[1][1])[optical]
    assert np.median(ratio) == pytest.approx(1, abs=0.10)


def test_components_add_up(ours):
    total, direct, scattered = (
        our_cube(ours, "xz", kind) for kind in ("total", "primarydirect", "primaryscattered")
    )
    assert scattered.any()
    np.testing.assert_allclose(total, direct + scattered, rtol=1e-6)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_unscattered_light_is_skirts(ours, skirt, direction, capsys):
    found = []
    for folder, read in ((ours, our_cube), (skirt, their_cube)):
        total, clear, scattered = (
            read(folder, direction, kind).sum(axis=(1, 2))
            for kind in ("total", "transparent", "primaryscattered")
        )
        found.append(-2.5 * np.log10((total - scattered) / clear))
    with capsys.disabled():
        print(
            f"\n{direction} unscattered [mag]: ours {found[0].round(3)} SKIRT {found[1].round(3)}"
        )
    np.testing.assert_allclose(*found, rtol=0.03)
