"""Line widths and baryonic masses: galaxies on the relation, and lines that cannot be used."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

from umbra.classical.tully_fisher.baryonic import lelli_mass, write_line_widths
from umbra.errors import InputError
from umbra.files import write_rejection
from umbra.simulation.galaxies import SAMPLE_COLUMNS

FLUX_JY_KM_S, DISTANCE_MPC = 40.0, 12.0
HI_MASS_MSUN = 2.36e5 * DISTANCE_MPC**2 * FLUX_JY_KM_S


def write_moments(path: Path, *, galaxy: int, views: list[dict]) -> Path:
    """Write the headers of moment maps; `views` have rotation, inclination and whether cut."""
    hdus = fits.HDUList([fits.PrimaryHDU()])
    for number, view in enumerate(views):
        width = 2 * view["rotation"] * np.sin(np.radians(view["inclination"]))
        cards = {
            "GALAXY": galaxy,
            "REALISAT": number,
            "DISTMPC": DISTANCE_MPC,
            "HIINCL": view["inclination"],
            "FLUXHI": FLUX_JY_KM_S,
            "W50KMS": width,
            "W20KMS": 1.1 * width,
            "LINECUT": view.get("cut", False),
        }
        hdus.append(fits.ImageHDU(np.zeros((3, 2, 2)), fits.Header(cards), name=f"R{number}"))
    hdus.writeto(path)
    return path


def write_sample(path: Path, stellar_mass_msun: dict[int, float]) -> Path:
    table = pd.DataFrame(0.0, index=range(len(stellar_mass_msun)), columns=list(SAMPLE_COLUMNS))
    table["subhalo_id"] = list(stellar_mass_msun)
    table["stellar_mass_msun"] = list(stellar_mass_msun.values())
    table.astype({"subhalo_id": int, "group_id": int}).to_csv(path, index=False)
    return path


def measure(folder: Path, moments: list[Path], sample: Path):
    paths = {name: folder / f"{name}.csv" for name in ("table", "relation", "summary")}
    write_line_widths(moments=moments, galaxies_csv=sample, **paths)
    table, relation, summary = map(pd.read_csv, paths.values())
    return table, relation, summary.iloc[0]


def test_the_relation_is_that_of_earlier_samples():
    # 50 Msun (V / km/s)^4 (McGaugh 2005), within their scatter of a few tenths of a dex
    speeds = np.array([60.0, 100.0, 200.0])
    np.testing.assert_allclose(np.log10(lelli_mass(speeds) / (50 * speeds**4)), 0, atol=0.1)


def test_galaxies_on_the_relation_have_its_slope_and_no_residual(tmp_path):
    speeds = {1: 120.0, 2: 180.0, 3: 260.0, 4: 330.0}
    stars = {one: lelli_mass(speed) - 1.33 * HI_MASS_MSUN for one, speed in speeds.items()}
    moments = [
        write_moments(
            tmp_path / f"{one}.fits",
            galaxy=one,
            views=[{"rotation": speed, "inclination": angle} for angle in (35.0, 60.0, 88.0)],
        )
        for one, speed in speeds.items()
    ]
    table, relation, summary = measure(tmp_path, moments, write_sample(tmp_path / "s.csv", stars))
    np.testing.assert_allclose(table["residual_dex"], 0, atol=1e-3)
    np.testing.assert_allclose(table["rotation_km_s"], np.repeat(list(speeds.values()), 3))
    np.testing.assert_allclose(table["hi_mass_msun"], HI_MASS_MSUN)
    assert summary["slope"] == pytest.approx(3.85, abs=0.01)
    assert (summary["views"], summary["used"], summary["cut"]) == (12, 12, 0)
    np.testing.assert_allclose(relation["rotation_km_s"], [120, 330])
    np.testing.assert_allclose(relation["baryonic_mass_msun"], lelli_mass(np.array([120.0, 330])))


def test_lines_that_cannot_be_used_are_counted(tmp_path):
    views = [
        {"rotation": 200.0, "inclination": 60.0},
        {"rotation": 200.0, "inclination": 80.0, "cut": True},
        {"rotation": 200.0, "inclination": 20.0},
        {"rotation": 0.0, "inclination": 60.0},
    ]
    moments = [write_moments(tmp_path / "1.fits", galaxy=1, views=views), tmp_path / "2.fits"]
    write_rejection(moments[1], "no HI in any gas cell")
    sample = write_sample(tmp_path / "s.csv", {1: 5e10, 2: 5e10})
    table, _, summary = measure(tmp_path, moments, sample)
    assert table["used"].tolist() == [1, 0, 0, 0]
    assert table["line_cut"].tolist() == [0, 1, 0, 0]
    counts = summary[["views", "used", "cut", "near_face_on", "without_line"]]
    assert counts.tolist() == [4, 1, 1, 1, 1]


def test_a_damaged_file_is_named(tmp_path):
    (tmp_path / "1.fits").write_bytes(b"SIMPLE")
    with pytest.raises(InputError, match="1.fits: not a file of moment maps"):
        measure(tmp_path, [tmp_path / "1.fits"], write_sample(tmp_path / "s.csv", {1: 5e10}))


def test_a_sample_of_rejected_galaxies_is_a_sentence(tmp_path):
    write_rejection(tmp_path / "1.fits", "no HI in any gas cell")
    with pytest.raises(InputError, match="all galaxies are rejected"):
        measure(tmp_path, [tmp_path / "1.fits"], write_sample(tmp_path / "s.csv", {1: 5e10}))
