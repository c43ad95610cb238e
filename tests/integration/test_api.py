"""The chain from TNG's web API, served on this machine from the synthetic universe."""

import re
from dataclasses import dataclass, field

import h5py
import numpy as np
import pytest

import tng_server
from workflow_case import Workflow, succeed

KEY = "f3b1e7a2c94d4c0e8a55-the-key"
CATALOGUE = "TNG100-1/files/groupcat-99/"
FIELDS = 10


@dataclass
class FromApi:
    """The workflow in a folder of its own, what is served to it, and all that it said."""

    workflow: Workflow
    server: tng_server.TngServer
    said: list[str] = field(default_factory=list)

    def run(self, *arguments, sample=None, simulation=None, cores=3):
        """Run Snakemake; return its result and what was asked of the server."""
        options = {"source": "api", "api_url": self.server.url, "api_timeout_s": 10}
        config = {
            "simulation": options | {"api_attempts": 3} | (simulation or {}),
            "sample": sample or {},
            "observation": {"realisations": 1},
            "photometry": {"packets": 1e4},
        }
        result = self.workflow.snakemake(*arguments, config=config, cores=cores)
        self.said.append(result.stdout + result.stderr)
        return result, sorted(self.server.paths())


@dataclass
class Stage:
    """What a run did, and what was there afterwards."""

    result: object
    asked: list[str]
    haloes: list[str]
    at_once: int = 0


@pytest.fixture(scope="module")
def chain(finished, tmp_path_factory):
    output = finished.folder / "results/universe/output"
    with tng_server.serve_with_key(output, key=KEY, together=3) as server:
        yield FromApi(Workflow(tmp_path_factory.mktemp("api")), server)


@pytest.fixture(scope="module")
def galaxies(finished):
    """Return the rows of the sample from disk, the galaxy of most stars first."""
    return sorted(finished.galaxies(), key=lambda row: -float(row["stellar_mass_msun"]))


def heaviest(galaxies, count):
    """Return the cuts that leave so many of the galaxies, and their rows."""
    limit = float(galaxies[count - 1]["stellar_mass_msun"]) * 0.9999
    return {"min_stellar_mass_msun": limit}, galaxies[:count]


def cutouts(rows):
    return [f"results/cutouts/{row['subhalo_id']}.hdf5" for row in rows]


def halo(row):
    return f"TNG100-1/snapshots/99/halos/{row['group_id']}/cutout.hdf5"


def halo_files(chain):
    return sorted(path.name for path in (chain.workflow.folder / "results/api").glob("halos/*"))


@pytest.fixture(scope="module")
def sampled(chain):
    """Make the sample, while some downloads of catalogue fields go wrong at first."""
    busy = tng_server.status(500)
    chain.server.plan(CATALOGUE, busy, tng_server.dropped, busy, tng_server.page)
    result, asked = chain.run("results/sample/galaxies.csv")
    return Stage(succeed(result), asked, [])


@pytest.fixture(scope="module")
def broken(chain, sampled, galaxies):
    """Cut out three galaxies, the halo of one of which never comes whole."""
    sample, rows = heaviest(galaxies, 3)
    chain.server.most_at_once = 0
    chain.server.plan(halo(rows[1]), tng_server.truncated, always=True)
    result, asked = chain.run(*cutouts(rows), "--resources", "downloads=2", sample=sample)
    return Stage(result, asked, halo_files(chain), chain.server.most_at_once)


@pytest.fixture(scope="module")
def completed(chain, broken, galaxies):
    """Run on to the dataset, now that the server is well."""
    chain.server.faults.clear()
    sample, _ = heaviest(galaxies, 3)
    result, asked = chain.run("results/dataset.hdf5", sample=sample)
    return Stage(succeed(result), asked, halo_files(chain))


def test_sample_is_that_from_disk(finished, chain, sampled):
    ours, from_disk = (
        folder / "results/sample" for folder in (chain.workflow.folder, finished.folder)
    )
    assert (ours / "cuts.csv").read_text() == (from_disk / "cuts.csv").read_text()
    # the API does not tell the four numbers of the snapshot's particles
    rows, rows_from_disk = (
        (folder / "galaxies.csv").read_text().splitlines() for folder in (ours, from_disk)
    )
    assert rows[0] == rows_from_disk[0]
    assert rows[1:] == [f"{row.rsplit(',', 4)[0]},nan,nan,nan,nan" for row in rows_from_disk[1:]]
    assert sampled.asked.count(CATALOGUE) == FIELDS + 4
    # the numbers of run and snapshot, which each field is compared with
    assert len(sampled.asked) == FIELDS + 4 + 2 * (FIELDS + 1)


def test_halo_that_does_not_come_fails_its_galaxy_alone(chain, broken, galaxies):
    rows = galaxies[:3]
    said = broken.result.stdout + broken.result.stderr
    assert broken.result.returncode != 0
    assert "the answer is no HDF5, or a damaged one; 3 attempts failed" in said
    assert f"umbra: {chain.server.url}/{halo(rows[1])}?...: " in said
    assert "Traceback" not in said
    assert broken.haloes == sorted(f"{rows[i]['group_id']}.hdf5" for i in (0, 2))


def test_changed_cut_downloads_no_field_again(broken, galaxies):
    rows = galaxies[:3]
    assert broken.asked == sorted([halo(rows[0]), halo(rows[2]), *[halo(rows[1])] * 3])


def test_downloads_at_the_same_time_are_limited(sampled, broken):
    """Three jobs could run, and the server waits for a third before it answers."""
    assert broken.at_once == 2
    assert re.search(r"^Provided resources: .*\bdownloads\D+4\b", sampled.result.stderr, re.M)


def test_next_run_downloads_what_is_missing(chain, completed, galaxies):
    assert completed.asked == [halo(galaxies[1])]
    assert completed.haloes == sorted(f"{row['group_id']}.hdf5" for row in galaxies[:3])
    with h5py.File(chain.workflow.folder / "results/dataset.hdf5") as file:
        found = set(file["galaxy"][:].tolist())
    assert found == {int(row["subhalo_id"]) for row in galaxies[:3]}


def test_profiles_lack_no_more_than_the_fuzz(finished, chain, completed, galaxies):
    for row in galaxies[:3]:
        name = f"results/profiles/{row['subhalo_id']}.csv"
        ours, from_disk = (
            np.loadtxt(folder / name, delimiter=",", skiprows=1)[:, 1]
            for folder in (chain.workflow.folder, finished.folder)
        )
        assert np.all(ours <= from_disk)
        np.testing.assert_allclose(ours, from_disk, rtol=0.03)


def planned(chain, galaxies, **simulation):
    sample, _ = heaviest(galaxies, 3)
    result, asked = chain.run(
        "results/dataset.hdf5", "--dry-run", sample=sample, simulation=simulation
    )
    assert asked == []
    return succeed(result).stdout


def test_how_the_server_is_asked_makes_nothing_again(chain, completed, galaxies):
    how = {"api_url": "https://example.com/api", "api_timeout_s": 9, "api_attempts": 2}
    said = planned(chain, galaxies, keep_downloads=False, **how)
    assert "Nothing to be done" in said


def test_another_run_makes_everything_again(chain, completed, galaxies):
    said = planned(chain, galaxies, name="TNG100-2")
    assert re.search(rf"^catalogue_field +{FIELDS}$", said, re.M)
    assert re.search(r"^api_run +1$", said, re.M)


def test_more_galaxies_download_only_their_haloes(chain, completed, galaxies):
    sample, rows = heaviest(galaxies, 4)
    succeed(chain.run("results/sample/galaxies.csv", sample=sample)[0])
    result, asked = chain.run(*cutouts(rows[3:]), sample=sample)
    succeed(result)
    assert asked == [halo(rows[3])]


def test_halo_that_need_not_be_kept(chain, completed, galaxies, tmp_path):
    row = galaxies[0]
    names = ["subhalo_id", *(f"{axis}_ckpc_h" for axis in "xyz"), "group_id"]
    text = ",".join(row[name] for name in names)
    (tmp_path / "centres.csv").write_text(f"id,x,y,z,group,vx,vy,vz\n{text},0,0,0\n")
    other = FromApi(Workflow(tmp_path), chain.server)
    result, asked = other.run(
        *cutouts([row]),
        sample={"table": str(tmp_path / "centres.csv")},
        simulation={"keep_downloads": False},
    )
    succeed(result)
    assert asked == ["TNG100-1/", "TNG100-1/snapshots/99/", halo(row)]
    assert halo_files(other) == []
    chain.said += other.said


def test_key_is_in_no_file_and_in_nothing_that_was_said(chain, completed):
    files = [path for path in chain.workflow.folder.rglob("*") if path.is_file()]
    assert any(".snakemake" in path.parts for path in files)
    assert any(path.parts[-3:-1] == ("logs", "halo") for path in files)
    for path in files:
        assert KEY.encode() not in path.read_bytes(), path
    assert KEY not in "".join(chain.said)


def test_missing_key_is_told_before_any_job(chain, monkeypatch, tmp_path):
    monkeypatch.delenv("TNG_API_KEY")
    keyless = FromApi(Workflow(tmp_path), chain.server)
    succeed(keyless.run("results/dataset.hdf5", "--dry-run")[0])  # which needs none
    result, asked = keyless.run("results/dataset.hdf5")
    assert result.returncode != 0
    assert "umbra: simulation.source is api, which needs a key; set the env" in result.stderr
    assert "Traceback" not in result.stderr
    assert asked == []
