"""A wrong option is one clear sentence before any job runs."""

import pytest

import tng_files
from tng_like import MAKERS
from workflow_case import Workflow, succeed


@pytest.fixture
def workflow(tmp_path):
    return Workflow(tmp_path)


def sentence(result):
    """Return what a failed run said, after checking that it is no traceback."""
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    return result.stderr


def test_unknown_key(workflow):
    said = sentence(workflow.snakemake("results/figures", config={"photometry": {"seing": 1}}))
    assert "umbra: Configuration: unknown key photometry.seing" in said


def test_value_out_of_range(workflow):
    said = sentence(workflow.snakemake("results/figures", config={"hi": {"channels": 1}}))
    assert "hi.channels is 1: input should be greater than or equal to 8" in said


def test_path_without_snapshot(workflow):
    simulation = {"source": "local", "path": str(workflow.folder)}
    said = sentence(workflow.snakemake("results/figures", config={"simulation": simulation}))
    assert "simulation.path" in said
    assert str(workflow.folder) in said


def test_table_that_does_not_exist(workflow):
    config = {"sample": {"table": "/no/such/centres.csv"}}
    said = sentence(workflow.snakemake("results/figures", config=config))
    assert "sample.table /no/such/centres.csv does not exist" in said


def test_number_that_yaml_reads_as_another(tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text("simulation:\n  snapshot: 050\n")
    said = sentence(Workflow(tmp_path / "run", configfile=mine).snakemake("results/figures"))
    assert f"umbra: {mine}, line 2: simulation.snapshot is 050, which YAML reads as 40" in said


def test_relative_path_that_is_nowhere(tmp_path):
    mine = tmp_path / "mine.yaml"
    mine.write_text("sample: {table: centres.csv}\nhi:\n")
    run = tmp_path / "run"
    said = sentence(Workflow(run, configfile=mine).snakemake("results/figures"))
    assert f"neither {tmp_path}/centres.csv nor {run}/centres.csv exists" in said


def test_example_that_is_not_in_the_sample(finished):
    config = {"figures": {"example_galaxies": [123456]}}
    result = finished.snakemake("results/figures", "--dry-run", config=config)
    assert result.returncode != 0
    assert "umbra: figures.example_galaxies names 123456" in result.stdout + result.stderr


def test_engine_that_is_no_executable(workflow):
    config = {"photometry": {"engine": "/no/such/skirt"}}
    said = sentence(workflow.snakemake("results/figures", config=config))
    assert "photometry.engine" in said
    assert "/no/such/skirt" in said


def test_missing_chunk(workflow, shared_data):
    simulation = {"source": "local", "path": str(shared_data / "tng50-4-subbox"), "snapshot": 2332}
    said = sentence(workflow.snakemake("results/figures", config={"simulation": simulation}))
    assert "snap_2332.7.hdf5" in said
    assert "simulation.allow_missing_chunks" in said


def test_mini_snapshot(workflow, tmp_path):
    """Refused before the sample is made, though it comes before the snapshot is streamed."""
    gas = tng_files.gas([[5.0, 5.0, 5.0]])
    for field in ("GFM_Metals", "NeutralHydrogenAbundance"):
        del gas[field]
    tng_files.write_snapshot(tmp_path / "output", chunks=[{"PartType0": gas}], snapshot=98)
    simulation = {"source": "local", "path": str(tmp_path / "output"), "snapshot": 98}
    said = sentence(workflow.snakemake("results/figures", config={"simulation": simulation}))
    fields = "PartType0/NeutralHydrogenAbundance, PartType0/GFM_Metals"
    assert f"output/snapdir_098/snap_098.0.hdf5 has no fields {fields}" in said
    assert "use a full snapshot, not a mini one" in said
    assert not (workflow.folder / "results").exists()


@pytest.fixture(scope="module")
def two_galaxies(tmp_path_factory):
    """Return a call of the workflow on a sample of two galaxies, which is there."""
    folder = tmp_path_factory.mktemp("two")
    chunk = {kind: maker([[5.0, 5.0, 5.0]]) for kind, maker in MAKERS.items()}
    tng_files.write_snapshot(folder / "output", chunks=[chunk])
    table = tng_files.write_centres(folder / "centres.csv", {7: (5, 5, 5), 8: (9, 9, 9)})
    config = {
        "simulation": {"source": "local", "path": str(folder / "output")},
        "sample": {"table": str(table)},
    }
    workflow = Workflow(folder / "run")

    def call(*arguments):
        return workflow.snakemake(*arguments, config=config)

    succeed(call("results/sample/galaxies.csv"))
    return call


@pytest.mark.parametrize(
    ("target", "galaxy"),
    [("cutouts/{}.hdf5", "07"), ("classical/rotation_curves/{}/corner.pdf", "999")],
)
def test_files_of_a_galaxy_that_is_no_galaxy_of_the_sample(two_galaxies, target, galaxy):
    """Every file of a galaxy is made from its cutout."""
    target = f"results/{target}"
    result = two_galaxies(target.format(galaxy), target.format(7))
    said = result.stderr
    assert result.returncode != 0
    assert f"umbra: galaxy {galaxy} is not in results/sample/galaxies.csv" in said


def test_faults_of_the_machine_are_found_before_the_first_job(workflow):
    """The rest of what is checked is in tests/unit/checks."""
    (workflow.folder / "results").symlink_to("/no/such/folder")
    said = sentence(workflow.snakemake("results/figures"))
    assert f"umbra: {workflow.folder}/results is a link to /no/such/folder" in said


def test_a_path_that_the_system_refuses_is_named_with_the_reason(tmp_path, workflow):
    config = {"simulation": {"source": "local", "path": str(tmp_path / ("x" * 300))}}
    said = sentence(workflow.snakemake("results/figures", config=config))
    assert "cannot be read or written (File name too long); give a shorter path and" in said


def test_catalogue_without_a_galaxy_that_passes(finished, tmp_path):
    config = {
        "simulation": finished.universe,
        "sample": {"min_stellar_mass_msun": 9.9e11},
    }
    said = sentence(Workflow(tmp_path).snakemake("results/sample/galaxies.csv", config=config))
    assert "no galaxy" in said.lower()
