"""What is asked of the archives; no connection is needed."""

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.wcs import WCS

from observed_files import disc_image, sky_wcs
from umbra.observed.fetching import frames_query, mosaic, sparc_galaxies, things_name

# lines in the layout of SPARC's table: name, type, distance, its error, method, inclination ...
SAMPLE = """\
Title: SPARC. I. Mass Models for 175 Disk Galaxies
Note (2): Distance Method: 1 = Hubble flow
    NearOne 10   3.36  0.26   2 65.0  5.0   0.075  0.003  1.21
    MidOne   4  13.80  1.40   2 73.0  3.0  38.279  0.212  6.61
     FarOne  2  69.00 10.30   1 59.0  5.0   9.000  0.200  6.00
"""


def test_galaxies_of_the_training_s_distances():
    (found,) = sparc_galaxies(SAMPLE, nearest_mpc=9, farthest_mpc=21)
    assert (found.name, found.distance_mpc, found.distance_error_mpc) == ("MidOne", 13.8, 1.4)
    assert len(sparc_galaxies(SAMPLE, nearest_mpc=0, farthest_mpc=np.inf)) == 3


def test_the_fields_around_a_position():
    """At a declination of 60 deg a field of the sky is twice as wide in right ascension."""
    sql = frames_query(100.0, 60.0, 20.0)
    assert "raMax > 99.66667 AND raMin < 100.33333" in sql
    assert "decMax > 59.83333 AND decMin < 60.16667" in sql


@pytest.mark.parametrize(
    ("name", "theirs"), [("NGC2841", "NGC_2841"), ("NGC0628", "NGC_628"), ("DDO154", "DDO154")]
)
def test_names_of_things(name, theirs):
    assert things_name(name) == theirs


def test_frames_become_one_image_of_the_same_flux():
    frames, light = [], 0.0
    for off in ((-700.0, 0.0), (700.0, 0.0)):
        wcs = sky_wcs(side=1500, pixel_arcsec=0.396, turned_deg=12.0, off=off)
        values = disc_image(wcs, 1500, total=100.0, scale_arcsec=20.0) * 0.396**2
        frames.append((values, wcs))
        light += values.sum()
    assert light > 130  # both have the middle of the galaxy
    found = mosaic(frames, SkyCoord(150.0, 40.0, unit="deg"))
    assert np.nansum(found.data) == pytest.approx(100.0, rel=0.01)
    assert WCS(found.header).wcs.cdelt[1] * 3600 == pytest.approx(0.396)
    assert found.header["BUNIT"] == "nanomaggy"
