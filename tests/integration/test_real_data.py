"""A dwarf of the real TNG50-4, from its snapshot to images and moment maps."""

import h5py
import numpy as np
import pytest
from astropy.io import fits

from workflow_case import Workflow, succeed

CENTRE_CKPC_H = (26107.49, 10139.25, 27269.18)


def stellar_velocity(snapshot):
    """Return the mean velocity of the stars within 10 ckpc/h of the centre, in code units."""
    velocities = []
    for path in sorted(snapshot.glob("snap_*.hdf5")):
        with h5py.File(path) as file:
            if stars := file.get("PartType4"):
                offset = stars["Coordinates"][:] - CENTRE_CKPC_H
                near = np.linalg.norm(offset, axis=1) < 10
                velocities.append(stars["Velocities"][:][near])
    return np.concatenate(velocities).mean(axis=0)


@pytest.fixture(scope="module")
def dwarf(tmp_path_factory, shared_data):
    folder = tmp_path_factory.mktemp("dwarf")
    snapshot = shared_data / "tng50-4-subbox"
    row = ",".join(map(str, [1, *CENTRE_CKPC_H, *stellar_velocity(snapshot)]))
    (folder / "centres.csv").write_text(f"id,x,y,z,vx,vy,vz\n{row}\n")
    config = {
        "simulation": {
            "source": "local",
            "path": str(snapshot),
            "snapshot": 2332,
            "allow_missing_chunks": True,
        },
        "sample": {"table": str(folder / "centres.csv"), "min_star_particles": 50},
    }
    workflow = Workflow(folder)
    targets = ["results/photometry/1.fits", "results/hi/moments/1.fits", "results/profiles/1.csv"]
    succeed(workflow.snakemake(*targets, config=config))
    return folder / "results"


def test_dark_mass_is_that_of_the_halo(dwarf):
    radius, mass = np.loadtxt(
        dwarf / "profiles/1.csv", delimiter=",", skiprows=1, usecols=(0, 1), unpack=True
    )
    assert np.interp(50, radius, mass) == pytest.approx(1.32e11, rel=0.03)


def test_images_show_the_dwarf(dwarf):
    for realisation in range(3):
        image = fits.getdata(dwarf / "photometry/1.fits", f"R{realisation}")[2]
        y, x = np.unravel_index(np.argmax(image), image.shape)
        assert np.hypot(y - 63.5, x - 63.5) < 10


def test_hi_mass_is_that_of_the_gas(dwarf):
    """Neutral hydrogen is 5e9 Msun; the atomic part in the maps is most of it, and no more."""
    for realisation in range(3):
        header = fits.getheader(dwarf / "hi/moments/1.fits", f"R{realisation}")
        mass = 2.36e5 * header["DISTMPC"] ** 2 * header["FLUXHI"]
        assert 1e9 < mass < 6e9
