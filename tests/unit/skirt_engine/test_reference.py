"""The executable on two galaxies that SKIRT 9 has done, next to SKIRT's own results.

`skirt` is smooth; `skirt_clumpy` is hard on a dust grid: thick clumps, and gas whose densities are
not mass over cell volume.
"""

import gzip
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

# Inclined by less than 45 degrees, or edge-on.
RATIO_RMS = {"face-on": 0.05, "edge-on": 0.10}
ATTENUATION_MAG = {"face-on": 0.02, "edge-on": 0.06}


@dataclass(frozen=True)
class Reference:
    """A galaxy that SKIRT has done.

    `ours` and `theirs` are names of files, for a view and a kind of light.
    Our albedo is 3 % higher than SKIRT's, which counts more where light scatters often. Leaves
    spread the thickest clumps a little, which then dim more of the direct light.
    """

    folder: str
    ski: str
    ours: str
    theirs: str
    dust_msun: float
    scattered: float
    unscattered: dict[str, float]
    view: dict[str, str]


SMOOTH = Reference(
    folder="skirt",
    ski="tng_ref_ext.ski",
    ours="tng_ref_ext_sdss_{}_{}.fits",
    theirs="ext_{}_{}.fits",
    dust_msun=2.84e7,
    scattered=0.10,
    unscattered={"rtol": 0.03},
    view={"face-on": "xy", "edge-on": "xz"},
)
CLUMPY = Reference(
    folder="skirt_clumpy",
    ski="galaxy.ski",
    ours="galaxy_{}_{}.fits",
    theirs="skirt_{}_{}.fits",
    dust_msun=7.05e8,
    scattered=0.20,
    unscattered={"rtol": 0, "atol": 0.05},
    view={"face-on": "r0", "edge-on": "r1"},
)


@dataclass(frozen=True)
class Both:
    """Our files and SKIRT's."""

    reference: Reference
    made: Path
    given: Path

    def cubes(self, view: str, kind: str) -> list[np.ndarray]:
        """Return our image and SKIRT's."""
        name = self.reference.view[view]
        paths = self.made / self.reference.ours, self.given / self.reference.theirs
        return [fits.getdata(str(path).format(name, kind)).astype(float) for path in paths]

    def sums(self, view: str, kind: str) -> list[np.ndarray]:
        """Return the total fluxes of each."""
        return [cube.sum(axis=(1, 2)) for cube in self.cubes(view, kind)]


def run(reference, shared_reference, tmp_path_factory):
    """Run the command; return its files and SKIRT's."""
    given, made = (tmp_path_factory.mktemp(name) for name in ("given", "made"))
    for path in (shared_reference / reference.folder).iterdir():
        if path.suffix == ".gz":
            (given / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
        else:
            (given / path.name).symlink_to(path)
    command = [Path(sys.executable).with_name("umbra-skirt"), "-t", "2", "-i", given, "-o", made]
    result = subprocess.run([*command, given / reference.ski], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return Both(reference, made, given)


@pytest.fixture(scope="module")
def smooth(shared_reference, tmp_path_factory):
    return run(SMOOTH, shared_reference, tmp_path_factory)


@pytest.fixture(scope="module")
def clumpy(shared_reference, tmp_path_factory):
    return run(CLUMPY, shared_reference, tmp_path_factory)


@pytest.fixture(params=["smooth", "clumpy"])
def both(request):
    return request.getfixturevalue(request.param)


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


def bright_bins(cube):
    """Return which 8x8-pixel bins are brighter than 1 % of the brightest, per band."""
    binned = bins(cube)
    return binned > 0.01 * binned.max(axis=(1, 2), keepdims=True)


def magnitudes(part, whole):
    return -2.5 * np.log10(part / whole)


VIEWS = pytest.mark.parametrize("view", RATIO_RMS)


@VIEWS
def test_transparent_fluxes_and_morphology(both, view, capsys):
    difference = magnitudes(*both.sums(view, "transparent"))
    shape = rms(*both.cubes(view, "transparent"))
    with capsys.disabled():
        print(f"\n{both.reference.folder} {view}, no dust: dmag {difference.round(3)}", end=" ")
        print(f"morphology rms {shape.round(3)}")
    assert (np.abs(difference) < 0.1).all()
    assert (shape < 0.1).all()


@VIEWS
def test_dust_next_to_skirts(both, view, capsys):
    """The bounds that count: where dust is, and how much light it takes and scatters."""
    kinds = ("total", "transparent", "primaryscattered")
    total, clear, scattered = (both.sums(view, kind) for kind in kinds)
    attenuation = [magnitudes(*pair) for pair in zip(total, clear, strict=True)]
    fraction = [part / whole for part, whole in zip(scattered, total, strict=True)]
    total, clear = (both.cubes(view, kind) for kind in kinds[:2])
    found = []
    for k, bright in enumerate(bright_bins(total[1])):
        mine, theirs = (
            bins(a)[k][bright] / bins(b)[k][bright] for a, b in zip(total, clear, strict=True)
        )
        found.append(np.sqrt(np.mean((mine / theirs - 1) ** 2)))
    with capsys.disabled():
        label = f"{both.reference.folder} {view}"
        print(f"\n{label} total/transparent in bins: rms {np.round(found, 3)}")
        print(f"{label} attenuation [mag]: ours {attenuation[0].round(3)}", end=" ")
        print(f"SKIRT {attenuation[1].round(3)}")
        print(f"{label} scattered: ours {fraction[0].round(3)} SKIRT {fraction[1].round(3)}")
    assert (np.array(found) < RATIO_RMS[view]).all()
    assert (np.abs(attenuation[0] - attenuation[1]) < ATTENUATION_MAG[view]).all()
    np.testing.assert_allclose(*fraction, rtol=both.reference.scattered)


def test_dust_mass_is_that_on_skirts_mesh(both):
    log = next(both.made.glob("*_log.txt")).read_text()
    line = next(line for line in log.splitlines() if "Total effective mass" in line)
    assert float(line.split()[-2]) == pytest.approx(both.reference.dust_msun, rel=0.01)


@VIEWS
def test_unscattered_light_is_skirts(both, view, capsys):
    total, clear, scattered = (
        both.sums(view, kind) for kind in ("total", "transparent", "primaryscattered")
    )
    found = [magnitudes(total[k] - scattered[k], clear[k]) for k in (0, 1)]
    with capsys.disabled():
        label = f"{both.reference.folder} {view} unscattered [mag]:"
        print(f"\n{label} ours {found[0].round(3)} SKIRT {found[1].round(3)}")
    np.testing.assert_allclose(*found, **both.reference.unscattered)


@pytest.mark.parametrize("direction", SMOOTH.view.values())
def test_files_have_skirts_header_and_axes(smooth, direction):
    name = f"tng_ref_ext_sdss_{direction}_total.fits"
    with (
        fits.open(smooth.made / name) as a,
        fits.open(smooth.given / f"ext_{direction}_total.fits") as b,
    ):
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


def test_spectrum_file(smooth):
    mine, reference = smooth.made / "tng_ref_ext_sed_xy_sed.dat", smooth.given / "ext_xy_sed.dat"
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


def test_dust_in_the_spectrum(smooth):
    """On the fine grid, where factors are interpolated between nodes, dust is SKIRT's as well."""
    found = []
    for path in (smooth.made / "tng_ref_ext_sed_xy_sed.dat", smooth.given / "ext_xy_sed.dat"):
        micron, total, clear, _, scattered = np.loadtxt(path)[:, :5].T
        found.append((-2.5 * np.log10(total / clear), scattered / total))
    optical = (micron > 0.33) & (micron < 1.0)
    difference = (found[0][0] - found[1][0])[optical]
    assert np.abs(np.median(difference)) < 0.02
    assert np.abs(difference).max() < 0.06  # SKIRT's own noise in a bin is 1 to 2 %
    ratio = (found[0][1] / found[1][1])[optical]
    assert np.median(ratio) == pytest.approx(1, abs=0.10)


def test_components_add_up(smooth):
    total, direct, scattered = (
        fits.getdata(smooth.made / SMOOTH.ours.format("xz", kind)).astype(float)
        for kind in ("total", "primarydirect", "primaryscattered")
    )
    assert scattered.any()
    np.testing.assert_allclose(total, direct + scattered, rtol=1e-6)
