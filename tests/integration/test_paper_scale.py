"""Planning a run of the paper's size: what is planned, in how much memory, and how often it looks.

Speed is printed by tests/benchmarks/planning.py.
"""

from copy import deepcopy

import pytest

import paper_scale

GALAXIES = 500
OF_THE_PAPER = 2000
FEWER = 100
FEW = 12
PARTS = 4  # 448 chunks, 112 a job; with more of them, the check of groups is slow
OF_A_GALAXY = (
    "cutout",
    "ski",
    "radiative_transfer",
    "photometry",
    "hi_cubes",
    "moments",
    "profile",
)
# Of the networks, for the one galaxy of the default table; of its images alone.
_ANSWERS = ("predictions", "profile", "numbers", "page")
_PREPARED = ("maps", "light", "stellar_halo", "mass_model")
AFTER_THE_DATASET = {
    "dataset": 1,
    "network": 24,
    "baselines": 1,
    "metrics": 1,
    "figure_errors": 11,
    "figure_profiles": 1,
    "ensemble_part": 22,  # 100 and 10 members, 10 a job, of two channel sets
    "ensemble": 4,
    "predictive": 2,
    "uncertainty": 1,
    "coverage_thirds": 1,
    "saved_networks": 1,
    **dict.fromkeys((f"observed_{name}" for name in _ANSWERS), 1),
    "figure_bootstrap": 1,
    "figure_calibration": 1,
    "sensitivity": 1,
    "importance": 1,
    "figure_sensitivity": 1,
    "figure_sensitivity_radius": 1,
    "figure_importance": 1,
    "tully_fisher": 1,
    "figure_tully_fisher": 1,
    "line_widths": 1,
    "figure_baryonic_tully_fisher": 1,
    "idealised_curves": 1,
    "rotation_curve_galaxies": 1,
    "figure_pipeline": 1,
    "rotation_curves": 1,
    "figure_rotation_curves": 1,
    "figure_rotation_curve_errors": 1,
    "figures": 1,
}


@pytest.fixture(scope="module")
def options(tmp_path_factory):
    return paper_scale.paper(tmp_path_factory.mktemp("snapshot") / "output")


@pytest.fixture(scope="module")
def first(tmp_path_factory, options):
    """Return the plan of the paper's run once the sample is made."""
    folder = tmp_path_factory.mktemp("first")
    paper_scale.make_sample(folder, galaxies=GALAXIES, options=options)
    return paper_scale.plan(folder, "results/figures", options=options)


@pytest.fixture(scope="module")
def done(tmp_path_factory, options):
    """Return the folder of a finished run."""
    folder = tmp_path_factory.mktemp("done")
    paper_scale.make_run(folder, galaxies=FEWER, options=options)
    return folder


def test_first_plan_holds_every_galaxy_once(first):
    of_galaxies = {rule: first.jobs[rule] for rule in OF_A_GALAXY}
    assert of_galaxies == dict.fromkeys(OF_A_GALAXY, GALAXIES)
    assert (first.jobs["cutout_shard"], first.jobs["shards"]) == (PARTS, 1)
    assert {rule: first.jobs[rule] for rule in AFTER_THE_DATASET} == AFTER_THE_DATASET


def test_plan_of_2000_galaxies_would_fit_into_a_gigabyte(first, tmp_path, options):
    paper_scale.make_sample(tmp_path, galaxies=FEWER, options=options)
    fewer = paper_scale.plan(tmp_path, "results/figures", options=options)
    of_a_galaxy = (first.memory_mb - fewer.memory_mb) / (GALAXIES - FEWER)
    expected = first.memory_mb + of_a_galaxy * (OF_THE_PAPER - GALAXIES)
    print(f"{expected:.0f} MB at {OF_THE_PAPER} galaxies")
    assert first.memory_mb < expected <= 1000


def test_table_of_the_sample_is_not_read_for_every_galaxy(first):
    assert first.opened[paper_scale.SAMPLE] <= 20


def test_parts_of_the_snapshot_are_inputs_of_one_job(first):
    """Otherwise the look for temporary files that are still needed is quadratic."""
    # Each is missing, asked for, said to be updated and removed: not once for every galaxy.
    assert first.said.count("results/cutouts/shards/") <= 5 * PARTS


def test_finished_run_has_nothing_to_do(done, options):
    assert paper_scale.plan(done, "results/figures", options=options).jobs == {}


def test_early_option_plans_what_depends_on_it(done, options):
    changed = deepcopy(options)
    changed["photometry"]["sky_mag_arcsec2"] = {"r": 20.5}
    plan = paper_scale.plan(done, "results/figures", options=changed)
    of_rotation_curves = dict.fromkeys(("light_profile", "mass_model", "figure_corner"), 4)
    expected = {
        "photometry": FEWER,
        "figure_photometry": 1,
        "rejected": 1,
        **of_rotation_curves,
        **dict.fromkeys((f"observed_{name}" for name in _PREPARED), 1),
        **AFTER_THE_DATASET,
    }
    for rule in ("line_widths", "figure_baryonic_tully_fisher"):  # of HI and masses alone
        del expected[rule]
    assert plan.jobs == expected
    assert plan.opened[paper_scale.SAMPLE] <= 20
    assert plan.opened[paper_scale.SELECTION] <= 20
    assert plan.memory_mb <= 1000


def test_late_option_plans_what_depends_on_it(done, options):
    changed = deepcopy(options)
    changed["networks"]["training"]["A"]["learning_rate"] = 3e-4
    plan = paper_scale.plan(done, "results/figures", options=changed)
    assert plan.jobs == {"network": 6, "metrics": 1, "figure_errors": 11, "figures": 1}


def test_parts_are_the_whole_sample_and_the_whole_takes_them(tmp_path, options):
    """The way of docs/cluster.md, through the cluster's profile."""
    flags = ["--workflow-profile", str(paper_scale.REPOSITORY / "workflow" / "profiles" / "slurm")]
    paper_scale.make_sample(tmp_path, galaxies=FEW, options=options)

    def plan(target, *further, record=True):
        given = [*flags, *further]
        return paper_scale.plan(tmp_path, target, options=options, flags=given, record=record).jobs

    assert plan("cutouts") == {"cutout_shard": PARTS, "shards": 1, "cutout": FEW, "cutouts": 1}
    of_a_part = dict.fromkeys(OF_A_GALAXY[1:], FEW // 2)
    assert plan("results/parts/1_of_2.csv") == {**of_a_part, "sample_part": 1}
    # What is left is the other part, no galaxy twice.
    whole = plan("results/dataset.hdf5", record=False)
    assert whole == {**of_a_part, "rejected": 1, "dataset": 1}
    assert plan("results/parts/2_of_2.csv") == {**of_a_part, "sample_part": 1}
    allowed = paper_scale.rules_after_the_parts(tmp_path)
    last = plan("results/figures", "--allowed-rules", *allowed, record=False)
    assert {rule: last[rule] for rule in AFTER_THE_DATASET} == AFTER_THE_DATASET
    assert not set(OF_A_GALAXY) & set(last)
    # A file that is missing is not made: that would be without its part.
    (tmp_path / "results/hi/moments/0.fits").unlink()
    with pytest.raises(RuntimeError, match="Missing input files(?s:.*)results/hi/moments/0.fits"):
        plan("results/figures", "--allowed-rules", *allowed, record=False)
