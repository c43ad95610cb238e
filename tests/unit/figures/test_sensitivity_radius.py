"""Figure of how far out a network looks: it equals the tables, and can be read."""

import numpy as np
import pytest

from figure_case import assert_legible, lines_by_label, network, texts
from umbra.errors import InputError
from umbra.evaluation.sensitivity.spread import Spread, write_spread
from umbra.figures import sensitivity_radius

RADII_KPC = (5.5, 48.3)
NETWORK = network("i_v")


@pytest.fixture
def tables(tmp_path):
    """Tables of three galaxies whose sensitivity for the larger radius lies farther out."""
    r_kpc = np.linspace(1, 60, 30)
    scale = np.array([10.0, 12.0, 14.0])[:, None, None, None] * np.array([1, 2])[:, None, None]
    fraction = (1 - np.exp(-r_kpc / scale)) * np.ones((1, 1, 2, 1))
    half = scale[..., 0] * np.log(2) * np.ones((1, 1, 2))
    spread = Spread(
        galaxy=np.arange(3),
        r_kpc=r_kpc,
        fraction=fraction,
        half_kpc=half,
        fraction_pixels=np.broadcast_to((r_kpc / 60) ** 2, (3, 2, 30)),
        half_pixels_kpc=np.full((3, 2), 42.4),
    )
    paths = {"table": tmp_path / "radii.csv", "half_radii": tmp_path / "half.csv"}
    write_spread(spread=spread, radius_kpc=RADII_KPC, channels=("i", "HI1"), **paths)
    return paths, fraction


def test_reach_equals_the_tables(tables, tmp_path):
    paths, fraction = tables
    figure = sensitivity_radius.plot_sensitivity_radius(
        sensitivity_radius.read_reach(**paths), **NETWORK
    )
    assert [panel.get_title() for panel in figure.axes] == ["SDSS i", "HI velocity"]
    for panel in figure.axes:
        near, far, pixels = lines_by_label(panel).items()
        for place, (label, line) in enumerate((near, far)):
            expected = fraction[:, place, 0].mean(axis=0)
            np.testing.assert_allclose(line.get_ydata(), expected, atol=1e-6)
            half = 12 * (1 + place) * np.log(2)
            error = 2 * (1 + place) * np.log(2) / np.sqrt(3)
            assert label.endswith(f": {half:.1f} ± {error:.1f} kpc")
        np.testing.assert_allclose(
            pixels[1].get_ydata(), (near[1].get_xdata() / 60) ** 2, atol=1e-5
        )
        assert pixels[0] == "unmasked pixels: 42.4 kpc"
    assert "3 test galaxies" in " ".join(texts(figure))
    assert_legible(figure)
    files = {"pdf": tmp_path / "a.pdf", "png": tmp_path / "a.png"}
    sensitivity_radius.draw_sensitivity_radius(**paths, **NETWORK, **files)
    assert all(path.stat().st_size > 1000 for path in files.values())


def test_foreign_table_of_reach_is_refused_by_name(tables):
    paths, _ = tables
    with pytest.raises(InputError, match=r"half\.csv: no column r_kpc, fraction"):
        sensitivity_radius.read_reach(table=paths["half_radii"], half_radii=paths["half_radii"])
