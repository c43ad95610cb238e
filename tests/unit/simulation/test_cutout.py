"""Cutouts in physical units against astropy, rejected galaxies, and a disk that is full."""

import errno
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import astropy.units as u
import h5py
import numpy as np
import pandas as pd
import pytest
from astropy.cosmology import FlatLambdaCDM

import tng_files
from failing_calls import in_process
from tng_like import MAKERS
from umbra.config.sample import ParticleLimits
from umbra.errors import InputError, Rejected
from umbra.simulation.cutout import gather_cutout, read_cutout, read_cutout_header
from umbra.simulation.galaxies import CENTRE_COLUMNS, VELOCITY_COLUMNS, write_galaxies
from umbra.simulation.streaming import stream_shard

CENTRE = np.array([74999.0, 5.0, 100.0])
OFFSETS = np.array([[3.0, 0.0, 0.0], [0.0, -8.0, 0.0], [0.0, 0.0, 20.0], [-1.0, 1.0, 1.0]])
H = tng_files.HUBBLE


def _run(folder, *, chunk, scale_factor=1.0):
    """Write a snapshot of one chunk, its sample and shard; return arguments of `gather_cutout`."""
    epoch = {"Time": scale_factor, "Redshift": 1 / scale_factor - 1}
    chunks = tng_files.write_snapshot(folder, chunks=[chunk], **epoch)
    velocity_km_s = (100.0, -50.0, 0.0)
    _write_sample(folder / "galaxies.csv", galaxy=3, centre=CENTRE, velocity_km_s=velocity_km_s)
    stream_shard(
        chunks=chunks,
        galaxies_csv=folder / "galaxies.csv",
        radius_kpc=100.0,
        output=folder / "shard.hdf5",
    )
    return {
        "shards": [folder / "shard.hdf5"],
        "galaxy": 3,
        "galaxies_csv": folder / "galaxies.csv",
        "radius_kpc": 100.0,
        "limits": ParticleLimits(min_gas_cells=4, min_star_particles=3),
        "output": folder / "3.hdf5",
    }


def _write_sample(path, *, galaxy, centre, velocity_km_s=(0.0, 0.0, 0.0)):
    columns = zip(CENTRE_COLUMNS + VELOCITY_COLUMNS, [*centre, *velocity_km_s], strict=True)
    write_galaxies(path, pd.DataFrame([{"subhalo_id": galaxy, **dict(columns)}]))


def _chunk(offsets=OFFSETS, **star_fields):
    position = CENTRE + offsets
    chunk = {
        "PartType0": tng_files.gas(position),
        "PartType1": tng_files.dark_matter(position),
        "PartType4": tng_files.stars(position, **star_fields),
    }
    chunk["PartType0"]["Velocities"][:] = [200.0, 0.0, 40.0]
    return chunk


BORN = np.array([0.25, -0.5, 0.5, 1.0], dtype=np.float32)
EARLY = np.full(4, 0.1, dtype=np.float32)


def test_physical_units_relative_to_the_galaxy(tmp_path):
    arguments = _run(tmp_path, chunk=_chunk(GFM_StellarFormationTime=BORN))
    gather_cutout(**arguments)
    cutout = read_cutout(tmp_path / "3.hdf5")
    assert (cutout.subhalo_id, cutout.radius_kpc) == (3, pytest.approx(100.0))
    for kind in (cutout.gas, cutout.dark_matter):
        np.testing.assert_allclose(kind.position_kpc, OFFSETS / H, atol=1e-9)
    np.testing.assert_allclose(cutout.gas.velocity_km_s, np.tile([100.0, 50.0, 40.0], (4, 1)))
    np.testing.assert_allclose(cutout.gas.mass_msun, 1e6 / H, rtol=1e-6)
    np.testing.assert_allclose(cutout.gas.density_msun_kpc3, 1e4 * H**2, rtol=1e-6)
    np.testing.assert_allclose(cutout.gas.volume_kpc3, 100 / H**3, rtol=1e-6)
    np.testing.assert_allclose(cutout.dark_matter.mass_msun, tng_files.DM_MASS * 1e10 / H)
    np.testing.assert_allclose(cutout.gas.hydrogen_fraction, 0.75, rtol=1e-6)
    np.testing.assert_allclose(cutout.gas.neutral_hydrogen_fraction, 0.9, rtol=1e-6)
    np.testing.assert_allclose(cutout.gas.internal_energy_km2_s2, 100.0)


def test_wind_is_no_star(tmp_path):
    gather_cutout(**_run(tmp_path, chunk=_chunk(GFM_StellarFormationTime=BORN)))
    stars = read_cutout(tmp_path / "3.hdf5").stars
    np.testing.assert_allclose(stars.position_kpc, OFFSETS[[0, 2, 3]] / H, atol=1e-9)
    cosmology = FlatLambdaCDM(H0=67.74, Om0=0.3089, Tcmb0=0)
    expected = (cosmology.age(0) - cosmology.age(1 / BORN[[0, 2, 3]] - 1)).to_value(u.yr)
    np.testing.assert_allclose(stars.age_yr, expected, rtol=1e-5, atol=1e3)
    np.testing.assert_allclose(stars.initial_mass_msun, 1.5e6 / H, rtol=1e-6)
    with h5py.File(tmp_path / "3.hdf5") as file:
        assert len(file["PartType4/ParticleIDs"]) == 4


def test_scale_factor_enters_positions_and_velocities(tmp_path):
    gather_cutout(**_run(tmp_path, chunk=_chunk(GFM_StellarFormationTime=EARLY), scale_factor=0.25))
    gas = read_cutout(tmp_path / "3.hdf5").gas
    np.testing.assert_allclose(gas.position_kpc, 0.25 * OFFSETS / H, atol=1e-9)
    np.testing.assert_allclose(gas.velocity_km_s[0], [0.5 * 200 - 100, 50, 20])


def test_file_has_the_layout_of_a_tng_cutout(tmp_path):
    gather_cutout(**_run(tmp_path, chunk=_chunk()))
    with h5py.File(tmp_path / "3.hdf5") as file:
        header = file["Header"].attrs
        assert header["NumPart_ThisFile"].tolist() == [4, 4, 0, 0, 4, 0]
        assert header["NumPart_Total"].tolist() == [4, 4, 0, 0, 4, 0]
        assert header["NumFilesPerSnapshot"] == 1
        assert header["CutoutRadius"] == pytest.approx(100 * H)
        assert header["CutoutCentre"].tolist() == CENTRE.tolist()
        coordinates = file["PartType0/Coordinates"][...]
    assert np.all((coordinates >= 0) & (coordinates < tng_files.BOX_CKPC_H))


def test_header_has_the_numbers_of_the_run(tmp_path):
    gather_cutout(**_run(tmp_path, chunk=_chunk(GFM_StellarFormationTime=EARLY), scale_factor=0.25))
    header = read_cutout_header(tmp_path / "3.hdf5")
    assert (header.hubble, header.scale_factor) == (H, 0.25)
    assert (header.omega_matter, header.omega_lambda) == (0.3089, 0.6911)
    with pytest.raises(InputError, match=r"galaxies\.csv cannot be read as HDF5"):
        read_cutout_header(tmp_path / "galaxies.csv")


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ({"PartType0": OFFSETS[:3]}, r"3 gas cells \(sample\.min_gas_cells is 4\) within 100"),
        ({"PartType0": OFFSETS[:0]}, "0 gas cells"),
        ({"PartType4": OFFSETS[:0]}, r"0 stars \(sample\.min_star_particles is 3\)"),
        ({"PartType1": OFFSETS[:0]}, "no dark matter"),
        ({"PartType0": OFFSETS[:1], "PartType4": OFFSETS[:1]}, "1 gas cells .* and 1 stars"),
    ],
)
def test_galaxy_with_too_few_particles_is_rejected(tmp_path, missing, reason):
    chunk = _chunk() | {kind: MAKERS[kind](CENTRE + offsets) for kind, offsets in missing.items()}
    with pytest.raises(Rejected, match=reason):
        gather_cutout(**_run(tmp_path, chunk=chunk))
    assert not (tmp_path / "3.hdf5").exists()


def test_wind_does_not_count_as_stars(tmp_path):
    chunk = _chunk(GFM_StellarFormationTime=np.array([0.5, 0.5, 0.0, -0.5], dtype=np.float32))
    with pytest.raises(Rejected, match="2 stars"):
        gather_cutout(**_run(tmp_path, chunk=chunk))


def test_shards_of_another_sample_or_radius(tmp_path):
    arguments = _run(tmp_path, chunk=_chunk())
    with pytest.raises(InputError, match="made for a radius of 100 kpc, not 80 kpc"):
        gather_cutout(**arguments | {"radius_kpc": 80.0})
    _write_sample(tmp_path / "galaxies.csv", galaxy=8, centre=(1.0, 1.0, 1.0))
    with pytest.raises(InputError, match="another sample, without galaxy 8"):
        gather_cutout(**arguments | {"galaxy": 8})


def test_a_snapshot_is_no_cutout(tmp_path):
    (path,) = tng_files.write_snapshot(tmp_path, chunks=[_chunk()])
    with pytest.raises(Rejected, match="has no attribute Header/CutoutCentre"):
        read_cutout(path)


def test_truncated_cutout(tmp_path):
    gather_cutout(**_run(tmp_path, chunk=_chunk()))
    path = tmp_path / "3.hdf5"
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(Rejected, match=r"3\.hdf5 cannot be read as HDF5 \(truncated"):
        read_cutout(path)


@pytest.mark.parametrize("seed", range(8))
def test_cutout_whose_structure_is_overwritten_is_rejected(tmp_path, seed):
    """HDF5 may fail in any way: the galaxy is rejected, and no other error is raised."""
    rng = np.random.default_rng(seed)
    gather_cutout(**_run(tmp_path, chunk=_chunk()))
    path = tmp_path / "3.hdf5"
    ruin = bytearray(path.read_bytes())
    for start in rng.integers(0, len(ruin) - 16, 60).tolist():
        ruin[start : start + 16] = rng.bytes(16)
    path.write_bytes(ruin)
    with pytest.raises(Rejected, match=r"3\.hdf5"):
        read_cutout(path)


def test_cutout_that_lacks_a_field(tmp_path):
    gather_cutout(**_run(tmp_path, chunk=_chunk()))
    path = tmp_path / "3.hdf5"
    with h5py.File(path, "a") as file:
        del file["PartType0/NeutralHydrogenAbundance"]
    with pytest.raises(Rejected, match=r"3\.hdf5 has no field PartType0/NeutralHydrogenAbundance"):
        read_cutout(path)


@pytest.mark.parametrize(
    ("field", "value"), [("PartType0/Velocities", np.nan), ("PartType4/Masses", np.inf)]
)
def test_cutout_with_numbers_that_are_none(tmp_path, field, value):
    gather_cutout(**_run(tmp_path, chunk=_chunk()))
    path = tmp_path / "3.hdf5"
    with h5py.File(path, "a") as file:
        file[field][1] = value
    with pytest.raises(Rejected, match=rf"3\.hdf5: {field} holds numbers that are not finite"):
        read_cutout(path)


@pytest.mark.parametrize("error", [KeyError, ValueError, RuntimeError, OSError, MemoryError])
@pytest.mark.parametrize("function", ["gas", "stars", "dark_matter", "wrong_particles"])
def test_a_fault_of_the_program_rejects_no_galaxy(tmp_path, monkeypatch, function, error):
    """What HDF5 raises for damaged files, a formula may raise too."""
    arguments = _run(tmp_path, chunk=_chunk())
    gather_cutout(**arguments)

    def faulty(*_):
        raise error("formula")

    module = "cutout" if function == "wrong_particles" else "particles"
    monkeypatch.setattr(f"umbra.simulation.{module}.{function}", faulty)
    with pytest.raises(error, match="formula"):
        read_cutout(tmp_path / "3.hdf5")
    if function == "wrong_particles":
        with pytest.raises(error, match="formula"):
            gather_cutout(**arguments)


@pytest.mark.parametrize("stage", ["stream_shard", "gather_cutout"])
def test_disk_that_fills_up_leaves_no_half_file(tmp_path, stage):
    """In a process of its own, the kernel refuses to let the file grow."""
    offsets = np.random.default_rng(6).normal(0, 20, (20000, 3))
    arguments = _run(tmp_path, chunk=_chunk(offsets))
    if stage == "stream_shard":
        arguments = {
            "chunks": [tmp_path / "snapdir_099" / "snap_099.0.hdf5"],
            "galaxies_csv": tmp_path / "galaxies.csv",
            "radius_kpc": 100.0,
        }
    folder = tmp_path / "full"
    folder.mkdir()
    arguments["output"] = folder / "3.hdf5"
    script = f"""
        import resource
        from pathlib import Path, PosixPath
        from umbra.config.sample import ParticleLimits
        from umbra.errors import InputError
        from umbra.simulation.cutout import gather_cutout
        from umbra.simulation.streaming import stream_shard
        resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
        try:
            {stage}(**{arguments!r})
        except InputError as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True
    )
    assert "3.hdf5 cannot be written (File too large); raise the limit" in done.stdout
    assert list(folder.iterdir()) == []


SCRIPT = Path(__file__).resolve().parents[3] / "workflow" / "scripts" / "mass_profile.py"
STAGE = f"""
    from pathlib import Path
    from types import SimpleNamespace
    from failing_calls import failing

    source = Path({str(SCRIPT)!r}).read_text()
    profiles = {{"radii": 5, "min_radius_kpc": 2.0, "max_radius_kpc": 50.0}}

    class Input(list):
        cutout = "3.hdf5"

    class Output(list):
        profile = "3.csv"

    snakemake = SimpleNamespace(
        input=Input(["3.hdf5"]),
        output=Output(["3.csv"]),
        log=["log"],
        params=SimpleNamespace(profiles=profiles),
    )

    def run():
        try:
            exec(source, {{"snakemake": snakemake}})
        except SystemExit as exit:
            assert exit.code
            return exit.code
        return Path("3.csv").read_text()

    whole = run()
    faults = [("open", name, 0) for name in "EACCES ESTALE EMFILE ENOENT".split()]
    faults += [("read", name, skip) for name in ("EIO", "ESTALE") for skip in range(0, 100, 4)]
    for call, name, skip in faults:
        Path("3.csv").unlink(missing_ok=True)
        with failing(call, name, "3.hdf5", skip=skip):
            found = run()
        print(name, found == whole if Path("3.csv").exists() else found)
    Path("3.hdf5").write_bytes(Path("3.hdf5").read_bytes()[:3000])
    print(run())
"""


def test_only_damage_rejects_a_galaxy(failing_library, tmp_path):
    """A stage that meets a fault of the system fails and leaves no file, whichever read it is."""
    gather_cutout(**_run(tmp_path, chunk=_chunk()))
    *printed, marker, empty = in_process(failing_library, STAGE, tmp_path)
    assert marker.startswith("rejected: 3.hdf5 cannot be read as HDF5 (truncated file")
    failed = [line.split(" ", 1) for line in printed if not line.endswith(" True")]
    assert 20 < len(failed) < len(printed)  # the last ones had read everything before
    for name, sentence in failed:
        reason = os.strerror(getattr(errno, name))
        assert sentence.startswith(f"umbra: 3.hdf5 cannot be read ({reason}); "), sentence
