"""What TNG's web API serves: checked before it counts; the same sample and spheres as from disk."""

import json

import h5py
import numpy as np
import pandas as pd
import pytest

import api_case
import tng_server
from umbra.config.sample import ParticleLimits, SelectionSettings
from umbra.config.simulation import DownloadSettings
from umbra.errors import InputError, Rejected
from umbra.simulation.catalogue import read_downloaded, read_group_catalogue
from umbra.simulation.cutout import gather_cutout, read_cutout
from umbra.simulation.fields import CATALOGUE_FIELDS
from umbra.simulation.galaxies import read_sample
from umbra.simulation.run import read_run
from umbra.simulation.selection import write_sample
from umbra.simulation.streaming import stream_shard
from umbra.simulation.web_api import endpoints
from umbra.simulation.web_api.halo import read_sphere

KEY = "a-key"
CUTS = SelectionSettings()  # the paper's
ENOUGH = {"limits": ParticleLimits(min_gas_cells=1, min_star_particles=1)}
HALO = "TNG100-1/snapshots/99/halos/0/cutout.hdf5"


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    return api_case.write_run(tmp_path_factory.mktemp("run"))


@pytest.fixture
def server(output):
    with tng_server.serve_with_key(output, key=KEY) as server:
        yield server


@pytest.fixture
def asked(server):
    """Return the arguments that every download takes."""
    settings = DownloadSettings(api_url=f"{server.url}/", api_timeout_s=0.1, api_attempts=2)
    return {"settings": settings, "name": "TNG100-1", "snapshot": 99}


@pytest.fixture
def run_json(asked, server, tmp_path):
    """Return the file with the numbers of the run."""
    path = tmp_path / "simulation.json"
    endpoints.fetch_run(**asked, output=path)
    server.paths()
    return path


def fetch_catalogue(asked, folder):
    for table, fields in CATALOGUE_FIELDS.items():
        for field in fields:
            path = folder / table / f"{field}.hdf5"
            endpoints.fetch_field(**asked, table=table, field=field, output=path)


def fetch_halo(asked, folder, *, group=0):
    path = folder / f"{group}.hdf5"
    endpoints.fetch_halo(**asked, group=group, output=path)
    return path


def test_numbers_of_the_run(run_json):
    run = read_run(run_json)
    assert (run.name, run.snapshot) == ("TNG100-1", 99)
    assert (run.box_size_ckpc_h, run.hubble, run.redshift) == (75000, 0.6774, 0)
    assert (run.omega_matter, run.omega_lambda) == (0.3089, 0.6911)
    assert (run.subhaloes, run.groups) == (3, 2)


@pytest.mark.parametrize("count", ["num_gas", "num_dm", "num_stars"])
def test_a_run_that_lacks_particles_is_refused_before_its_catalogue(asked, server, tmp_path, count):
    epoch = json.loads(server.answer("/api/TNG100-1/snapshots/99/")[0])
    assert epoch[count] > 0
    answer = json.dumps(epoch | {count: 0}).encode()
    lacking = lambda request, *_: tng_server.send(request, answer)  # noqa: E731
    server.plan("TNG100-1/snapshots/99/", lacking, always=True)
    with pytest.raises(InputError, match=f"snapshots/99/ gives {count} as 0.* simulation.name"):
        endpoints.fetch_run(**asked, output=tmp_path / "run.json")
    with pytest.raises(InputError, match=f"gives {count} as 0"):
        fetch_catalogue(asked, tmp_path)
    assert not any("groupcat" in path for path in server.paths())


def test_catalogue_is_that_on_disk(asked, run_json, output, tmp_path):
    fetch_catalogue(asked, tmp_path)
    downloaded = read_downloaded(folder=tmp_path, run=read_run(run_json))
    on_disk = read_group_catalogue(path=output, snapshot=99)
    assert vars(downloaded).keys() == vars(on_disk).keys()
    assert downloaded.run.values["BoxSize"] == on_disk.run.values["BoxSize"]
    for name in vars(on_disk).keys() - {"where", "run"}:
        np.testing.assert_array_equal(vars(downloaded)[name], vars(on_disk)[name], err_msg=name)


def test_sample_is_that_from_disk(asked, run_json, output, tmp_path):
    fetch_catalogue(asked, tmp_path)
    tables = []
    for options in ({"path": output}, {"path": tmp_path, "run": run_json}):
        files = {"galaxies_csv": tmp_path / "galaxies.csv", "cuts_csv": tmp_path / "cuts.csv"}
        write_sample(settings=CUTS, snapshot=99, **options, **files)
        tables.append([pd.read_csv(path) for path in files.values()])
    # the API does not tell the last four
    (disk, cuts), (served, cuts_served) = tables
    pd.testing.assert_frame_equal(disk.iloc[:, :-4], served.iloc[:, :-4], check_exact=True)
    assert served.iloc[:, -4:].isna().all(axis=None)
    assert disk.notna().all(axis=None) and len(disk) == 1
    pd.testing.assert_frame_equal(cuts, cuts_served)


def test_field_of_another_length_is_refused(asked, server, tmp_path):
    target = "/api/TNG100-1/files/groupcat-99/?Subhalo=SubhaloSFR"
    server.bodies[target] = tng_server.hdf5({"Subhalo/SubhaloSFR": np.ones(2)}), tng_server.HDF5
    with pytest.raises(InputError, match="Subhalo/SubhaloSFR has 2 rows where .* catalogue has 3"):
        fetch_catalogue(asked, tmp_path / "groupcat")
    assert not (tmp_path / "groupcat/Subhalo/SubhaloSFR.hdf5").exists()


def test_another_field_is_refused(asked, server, tmp_path):
    target = "/api/TNG100-1/files/groupcat-99/?Group=GroupFirstSub"
    server.bodies[target] = tng_server.hdf5({"Group/GroupSFR": np.ones(2)}), tng_server.HDF5
    with pytest.raises(InputError, match="the answer has no field Group/GroupFirstSub"):
        fetch_catalogue(asked, tmp_path)


def test_catalogue_that_was_changed_since(asked, run_json, tmp_path):
    fetch_catalogue(asked, tmp_path)
    path = tmp_path / "Subhalo/SubhaloPos.hdf5"
    path.unlink()
    with h5py.File(path, "w") as file:
        file["Subhalo/SubhaloPos"] = np.zeros((2, 3))
    with pytest.raises(InputError, match=r"SubhaloPos.hdf5 has 2 rows but the .*; delete it"):
        read_downloaded(folder=tmp_path, run=read_run(run_json))


def test_exactly_the_needed_fields_are_asked_for(asked, server, tmp_path):
    fetch_halo(asked, tmp_path)
    assert server.asked[-1].query == (
        "gas=Coordinates,Velocities,Masses,Density,InternalEnergy,ElectronAbundance,"
        "NeutralHydrogenAbundance,GFM_Metallicity,GFM_Metals,StarFormationRate,ParticleIDs"
        "&dm=Coordinates,Velocities,ParticleIDs"
        "&stars=Coordinates,Velocities,Masses,GFM_InitialMass,GFM_Metallicity,"
        "GFM_StellarFormationTime,ParticleIDs"
    )


def served_halo(server, asked, tmp_path):
    """Return fields and header of halo 0 as served, to be spoilt, and where the server has it."""
    fields = {}
    with h5py.File(fetch_halo(asked, tmp_path)) as file:
        file.visititems(
            lambda name, item: (
                fields.update({name: item[...]}) if isinstance(item, h5py.Dataset) else None
            )
        )
        header = dict(file["Header"].attrs)
    (target,) = [target for target in server.bodies if HALO in target]
    server.paths()
    (tmp_path / "0.hdf5").unlink()
    return fields, header, target


def spoil(fields, header, what):
    if what == "rows":
        fields["PartType4/Masses"] = fields["PartType4/Masses"][:-1]
    elif what == "header":
        header.pop("NumPart_ThisFile")
    elif what == "field":
        fields.pop("PartType0/GFM_Metals")


@pytest.mark.parametrize(
    ("what", "said", "requests"),
    [
        ("rows", "PartType4/Masses has 19 rows but Header/NumPart_ThisFile is 20", 2),
        ("header", "the answer has no Header/NumPart_ThisFile for 6 types", 2),
        ("field", "no field PartType0/GFM_Metals, .* set simulation.snapshot to a full", 1),
    ],
)
def test_halo_that_is_not_what_was_asked_for(asked, server, tmp_path, what, said, requests):
    fields, header, target = served_halo(server, asked, tmp_path)
    spoil(fields, header, what)
    server.bodies[target] = tng_server.hdf5(fields, **header), tng_server.HDF5
    with pytest.raises(InputError, match=said):
        fetch_halo(asked, tmp_path)
    assert server.paths() == [HALO] * requests
    assert not (tmp_path / "0.hdf5").exists()


def test_halo_of_another_snapshot(asked, run_json, tmp_path):
    halo = fetch_halo(asked, tmp_path)
    with h5py.File(halo, "a") as file:
        file["Header"].attrs.update(Time=0.5, Redshift=1.0)
    sphere = {"centre_ckpc_h": api_case.CENTRE, "radius_ckpc_h": 80.0}
    said = r"0.hdf5 and TNG100-1, snapshot 99, are not of .* \(Time is 0.5 in the first, 1 in"
    with pytest.raises(InputError, match=said):
        read_sphere(halo, run=read_run(run_json), **sphere)


def test_damaged_numbers_of_the_run(tmp_path):
    (tmp_path / "simulation.json").write_text("{}")
    with pytest.raises(InputError, match="simulation.json is damaged; delete it and run again"):
        read_run(tmp_path / "simulation.json")


def test_address_that_is_no_api(asked, server, tmp_path):
    server.bodies["/api/TNG100-1/"] = json.dumps({"name": "TNG100-1"}).encode(), tng_server.JSON
    with pytest.raises(InputError, match=r"lacks a number that describes the run \('boxsize'\)"):
        endpoints.fetch_run(**asked, output=tmp_path / "run.json")


def test_sphere_is_that_from_disk_without_what_is_in_no_group(asked, run_json, output, tmp_path):
    """Its radius cuts through the group, and it lies across the edge of the box."""
    fetch_catalogue(asked, tmp_path)
    galaxies = {"galaxies_csv": tmp_path / "galaxies.csv"}
    write_sample(
        settings=CUTS, path=output, snapshot=99, cuts_csv=tmp_path / "cuts.csv", **galaxies
    )
    radius = {"radius_kpc": 110.0}
    stream_shard(
        chunks=[output / "snapdir_099" / "snap_099.0.hdf5"],
        output=tmp_path / "shard.hdf5",
        **radius,
        **galaxies,
    )
    common = {"galaxy": 0, **galaxies, **radius, **ENOUGH}
    gather_cutout(shards=[tmp_path / "shard.hdf5"], output=tmp_path / "disk.hdf5", **common)
    halo = {"halo": fetch_halo(asked, tmp_path), "run": run_json}
    gather_cutout(shards=[], output=tmp_path / "api.hdf5", **halo, **common)
    with h5py.File(tmp_path / "disk.hdf5") as disk, h5py.File(tmp_path / "api.hdf5") as ours:
        for kind, others in {"PartType0": 1030, "PartType1": 2052, "PartType4": 3020}.items():
            of_group = disk[kind]["ParticleIDs"][:] < others
            assert 0 < of_group.sum() < {"PartType0": 30, "PartType1": 40, "PartType4": 20}[kind]
            assert disk[kind].keys() == ours[kind].keys()
            for name in disk[kind]:
                np.testing.assert_array_equal(ours[kind][name][:], disk[kind][name][:][of_group])
        assert (disk["PartType1/ParticleIDs"][:] >= 2052).sum() > 0
        for name in ("CutoutCentre", "CutoutRadius", "CutoutVelocity", "SubhaloID", "MassTable"):
            np.testing.assert_array_equal(ours["Header"].attrs[name], disk["Header"].attrs[name])
    cutout, from_disk = read_cutout(tmp_path / "api.hdf5"), read_cutout(tmp_path / "disk.hdf5")
    np.testing.assert_allclose(cutout.stars.age_yr, from_disk.stars.age_yr)
    assert np.linalg.norm(cutout.gas.position_kpc, axis=1).max() <= 110


def test_sphere_does_not_depend_on_how_much_is_read_at_once(asked, run_json, tmp_path):
    halo = fetch_halo(asked, tmp_path)
    sphere = {
        "run": read_run(run_json),
        "centre_ckpc_h": api_case.CENTRE,
        "radius_ckpc_h": 80.0,
    }
    whole, _ = read_sphere(halo, **sphere)
    pieces, _ = read_sphere(halo, **sphere, slab_rows=3)
    assert whole.keys() == pieces.keys()
    for name, values in whole.items():
        np.testing.assert_array_equal(pieces[name], values)


def test_halo_without_stars_is_rejected(asked, run_json, tmp_path):
    (tmp_path / "galaxies.csv").write_text(
        "subhalo_id,group_id,x_ckpc_h,y_ckpc_h,z_ckpc_h,vx_km_s,vy_km_s,vz_km_s\n"
        "2,1,20000,20000,20000,0,0,0\n"
    )
    halo = {"halo": fetch_halo(asked, tmp_path, group=1), "run": run_json}
    with pytest.raises(Rejected, match=r"^0 stars \(sample.min_star_particles is 1\) within 100.0"):
        gather_cutout(
            shards=[],
            galaxy=2,
            galaxies_csv=tmp_path / "galaxies.csv",
            radius_kpc=100.0,
            output=tmp_path / "cutout.hdf5",
            **halo,
            **ENOUGH,
        )


def write_table(run_json, tmp_path, text):
    (tmp_path / "centres.csv").write_text(text)
    write_sample(
        settings=SelectionSettings(table=tmp_path / "centres.csv"),
        path=tmp_path / "nothing here",
        snapshot=99,
        galaxies_csv=tmp_path / "galaxies.csv",
        cuts_csv=tmp_path / "cuts.csv",
        run=run_json,
    )


def test_table_of_centres_needs_the_group(run_json, tmp_path):
    with pytest.raises(InputError, match="lacks column group: with simulation.source api"):
        write_table(run_json, tmp_path, "id,x,y,z,vx,vy,vz\n2,1,2,3,0,0,0\n")
    for group in ("", "-1", "1.5"):
        text = f"id,x,y,z,vx,vy,vz,group\n2,1,2,3,0,0,0,{group}\n"
        with pytest.raises(InputError, match="column group, row 1|row 1 .*group is -1"):
            write_table(run_json, tmp_path, text)
    with pytest.raises(InputError, match="has group 3, but the group catalogue numbers its 2"):
        write_table(run_json, tmp_path, "id,x,y,z,vx,vy,vz,group\n2,1,2,3,0,0,0,3\n")
    with pytest.raises(InputError, match="outside of the box"):
        write_table(run_json, tmp_path, "id,x,y,z,vx,vy,vz,group\n2,1,2,75001,0,0,0,1\n")
    write_table(run_json, tmp_path, "id,x,y,z,vx,vy,vz,group\n2,1,2,3,0,0,0,1\n")
    sample = read_sample(tmp_path / "galaxies.csv")
    assert sample.to_dict("list") == {"subhalo_id": [2], "group_id": [1]}
