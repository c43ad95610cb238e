"""A changed option reruns the stages that depend on it and no others."""

import csv
import re
import shutil
from dataclasses import replace

import pytest

import rule_files
from paper_scale import job_table
from workflow_case import REPOSITORY, Workflow, succeed

LATER = {"rejected", "dataset", "network", "baselines", "metrics", "figure_errors"}
LATER |= {"figure_profiles", "figure_pipeline", "figures"}
UNCERTAINTY = {"ensemble_part", "ensemble", "predictive", "uncertainty", "coverage_thirds"}
UNCERTAINTY |= {"figure_bootstrap", "figure_calibration"}
SENSITIVITY = {"sensitivity", "importance", "figure_sensitivity"}
SENSITIVITY |= {"figure_sensitivity_radius", "figure_importance"}
ROTATION_CURVES = {"rotation_curve_galaxies", "rotation_curves", "figure_rotation_curves"}
ROTATION_CURVES |= {"figure_rotation_curve_errors"}
MASS_MODEL = {"mass_model", "figure_corner"}
TULLY_FISHER = {"tully_fisher", "figure_tully_fisher"}
MOMENTS = {"moments", "figure_moments", "rings", "line_widths", "figure_baryonic_tully_fisher"}
# Of the user's galaxies: what the networks say, and what their images and cubes do.
ANSWERS = {"saved_networks", "observed_predictions", "observed_profile"}
OBSERVED_PAGE = {"observed_numbers", "observed_page"}
OBSERVED_MASS = OBSERVED_PAGE | {"observed_mass_model"}
OBSERVED_IMAGES = OBSERVED_MASS | {"observed_maps", "observed_light", "observed_stellar_halo"}
OBSERVED = OBSERVED_IMAGES | {"observed_cube", "observed_rings"}
LATER |= ANSWERS | OBSERVED_PAGE
LATER |= UNCERTAINTY | SENSITIVITY | ROTATION_CURVES | TULLY_FISHER | {"idealised_curves"}


PORTRAIT = "results/universe/portrait.png"


def planned(workflow, config=None, flags=(), target="results/figures"):
    """Return how many jobs of each rule Snakemake would run."""
    result = workflow.snakemake(target, "--dry-run", *flags, config=config)
    succeed(result)
    return job_table(result.stdout + result.stderr)


def test_nothing_changed_nothing_to_do(finished):
    assert planned(finished) == {}


SLURM = ["--workflow-profile", REPOSITORY / "workflow" / "profiles" / "slurm"]


@pytest.mark.parametrize(
    "flags", [SLURM, [*SLURM, "--config", "galaxies_per_submission=4"]], ids=["20", "4"]
)
def test_galaxies_that_share_a_submission_make_nothing_again(finished, flags):
    assert planned(finished, flags=flags) == {}


@pytest.mark.parametrize(("number", "submissions"), [(1, 6), (4, 2), (20, 1)])
def test_galaxies_share_a_submission_though_nothing_connects_them(finished, number, submissions):
    """Only its cutout, which is made, connects photometry, moments and profile of a galaxy."""
    config = {
        "photometry": {"sky_mag_arcsec2": {"r": 20.5}},
        "moments": {"clip_sigma": 5},
        "profiles": {"radii": 21},
    }
    flags = [*SLURM, "--config", f"galaxies_per_submission={number}"]
    result = finished.snakemake("results/figures", "--dry-run", *flags, config=config)
    said = succeed(result).stdout + result.stderr
    jobs = job_table(said)
    assert (jobs["photometry"], jobs["moments"], jobs["profile"]) == (6, 6, 6)
    assert len(re.findall(r"Group job galaxy_\d+ ", said)) == submissions


# As Slurm's plugin starts a job.
SUBMISSION = ["--mode", "remote", "--force", "--nolock", "--notemp", "--no-hooks"]
SUBMISSION += ["--ignore-incomplete", "--target-files-omit-workdir-adjustment"]
# Those that test_slurm.py submits to a real cluster, and the others with wildcards of a job.
ON_A_CLUSTER = set(
    "universe sample cutout_shard cutout ski radiative_transfer photometry hi_cubes moments profile"
    " dataset network rings light_profile mass_model".split()
)
WITHOUT_WILDCARDS = """
    baselines metrics uncertainty coverage_thirds sensitivity importance idealised_curves
    saved_networks observed_predictions
""".split()
OF_A_GALAXY = "cube rings maps light stellar_halo mass_model profile".split()
ENSEMBLE = "architecture=SymmetricResNet,channels=hi"
SUBMITTED = {
    **dict.fromkeys(WITHOUT_WILDCARDS, ""),
    "ensemble_part": f"kind=gaussian,{ENSEMBLE},part=0",
    "ensemble": f"kind=gaussian,{ENSEMBLE}",
    "predictive": ENSEMBLE,
    **{f"observed_{name}": "name=NGC2903" for name in OF_A_GALAXY},
}


@pytest.mark.parametrize("rule", SUBMITTED)
def test_a_submission_runs_its_own_job_alone(finished, rule):
    job = f"{rule}:{SUBMITTED[rule]}"
    options = ["--target-jobs", job, "--allowed-rules", rule, *SUBMISSION]
    result = succeed(finished.snakemake("--dry-run", *options))
    assert job_table(result.stdout + result.stderr) == {rule: 1}


def test_every_rule_that_is_submitted_is_tried(finished):
    with open(finished.folder / "results/performance.csv", newline="") as file:
        stages = {row["stage"] for row in csv.DictReader(file)} - {"all"}
    submitted = {rule for rule in stages if not rule_files.is_local(rule)}
    assert submitted == ON_A_CLUSTER | set(SUBMITTED)


def test_sky_level(finished):
    jobs = planned(finished, {"photometry": {"sky_mag_arcsec2": {"r": 20.5}}})
    images = {"photometry", "figure_photometry", "light_profile"}
    assert set(jobs) == LATER | MASS_MODEL | OBSERVED_IMAGES | images
    assert jobs["photometry"] == 6


def test_beam(finished):
    jobs = planned(finished, {"hi": {"beam_fwhm_arcsec": 12}})
    assert set(jobs) == LATER | MASS_MODEL | MOMENTS | OBSERVED | {"hi_cubes"}


def test_noise_of_the_cubes_leaves_the_rings_of_the_user(finished):
    jobs = planned(finished, {"hi": {"noise_rms_jy_arcsec2": 6e-6}})
    assert set(jobs) == LATER | MASS_MODEL | MOMENTS | OBSERVED_IMAGES | {"hi_cubes"}


def test_clipping_of_the_moments_leaves_the_cubes(finished):
    jobs = planned(finished, {"moments": {"clip_sigma": 5}})
    assert set(jobs) == LATER | MASS_MODEL | MOMENTS | OBSERVED


def test_learning_rate_of_one_architecture(finished):
    jobs = planned(finished, {"networks": {"training": {"B": {"learning_rate": 2e-3}}}})
    of_b = {"sensitivity", "figure_sensitivity", "figure_sensitivity_radius"}
    of_b |= {"importance", "figure_importance", "figure_profiles"}
    assert set(jobs) == {"network", "metrics", "figure_errors", "figures"} | of_b
    assert jobs["network"] == 4  # one a channel set


def test_learning_rate_of_the_members(finished):
    jobs = planned(
        finished, {"networks": {"training": {"SymmetricResNet": {"learning_rate": 2e-3}}}}
    )
    assert UNCERTAINTY <= set(jobs)
    assert (jobs["network"], jobs["ensemble_part"]) == (4, 4)


def test_more_members_of_the_bootstrap_leave_the_gaussian_ones(finished):
    jobs = planned(finished, {"ensemble": {"members": 3}})
    compared = TULLY_FISHER | ROTATION_CURVES - {"rotation_curve_galaxies"}
    assert set(jobs) == UNCERTAINTY | compared | {"figures"}
    assert jobs["ensemble_part"] == 2  # one a channel set


def test_prior_of_the_mass_model_leaves_rings_and_light(finished):
    jobs = planned(finished, {"rotation_curve": {"fit": {"distance_relative_error": 0.1}}})
    expected = MASS_MODEL | ROTATION_CURVES - {"rotation_curve_galaxies"} | {"figures"}
    assert set(jobs) == expected  # the user's table has the distance's error


def test_noise_of_the_sensitivity_maps(finished):
    jobs = planned(finished, {"sensitivity": {"noise": 0.2}})
    expected = {"sensitivity", "figure_sensitivity", "figure_sensitivity_radius", "figures"}
    assert set(jobs) == expected


def test_split_leaves_every_image(finished):
    jobs = planned(finished, {"dataset": {"train_fraction": 0.6}})
    assert set(jobs) == LATER - {"rejected"}


def test_another_galaxy_of_the_user_leaves_the_simulated_ones(finished, tmp_path):
    table = tmp_path / "mine.csv"
    header, row = (REPOSITORY / "config" / "observed.csv").read_text().split()
    table.write_text("\n".join([header, row, row.replace("NGC2903", "another")]))
    jobs = planned(finished, {"observed": {"table": str(table)}}, target="results/observed")
    answers = (OBSERVED | ANSWERS | {"observed_index", "results/observed"}) - {"saved_networks"}
    assert set(jobs) == answers
    assert (jobs["observed_cube"], jobs["observed_maps"], jobs["observed_rings"]) == (1, 1, 1)


def test_limit_on_rejections_leaves_every_galaxy(finished):
    jobs = planned(finished, {"sample": {"max_rejected_fraction": 0.2}})
    assert set(jobs) == LATER


def test_least_number_of_cells_leaves_the_sample(finished):
    jobs = planned(finished, {"sample": {"min_gas_cells": 50}})
    assert {"sample", "observations", "universe"}.isdisjoint(jobs)
    assert jobs["cutout"] == 6


@pytest.fixture
def copied(finished, tmp_path):
    """Return the finished run with the workflow in a folder of its own, where it may be edited."""
    for name in ("Snakefile", "config", "envs", "profiles", "resources", "workflow"):
        source, target = REPOSITORY / name, tmp_path / name
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)
    return replace(finished, repository=tmp_path)


def edit(workflow, name, old, new):
    path = workflow.repository / "workflow" / "umbra" / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_an_edited_line_of_the_package_reruns_what_depends_on_it(copied):
    # The paper's values and the Snakefile are files of the checkout, and this is another one.
    elsewhere = planned(copied)
    assert set(elsewhere) <= {"figure_errors", "figure_pipeline", "figures"}
    edit(copied, "hi/moments.py", '"RESTFRQ"', '"RESTFREQ"')
    assert set(planned(copied)) == LATER | MASS_MODEL | MOMENTS
    edit(copied, "hi/moments.py", '"RESTFREQ"', '"RESTFRQ"')
    edit(copied, "hi/moments.py", "Moment maps of HI", "Maps of the moments of HI")
    for path in (copied.repository / "workflow" / "scripts").iterdir():
        path.write_text(f"# A comment.\n{path.read_text()}")
    assert planned(copied) == elsewhere


def test_pixels_leave_the_particles(finished):
    jobs = planned(finished, {"observation": {"pixels": 160}})
    assert {"sample", "observations", "cutout_shard", "cutout", "profile"}.isdisjoint(jobs)
    assert {"ski", "photometry", "hi_cubes"} <= set(jobs)


def test_a_learning_curve_adds_trainings_on_shares_alone(finished):
    result = finished.snakemake("results/learning_curve/learning_curve.png", "--dry-run")
    succeed(result)
    jobs = job_table(result.stdout + result.stderr)
    assert jobs == {
        "learning_curve_network": 4,
        "learning_curve_baselines": 2,
        "learning_curve": 1,
        "figure_learning_curve": 1,
    }


def test_errors_of_distances_leave_images_and_particles(finished):
    jobs = planned(finished, {"observation": {"distance_relative_error": 0.2}})
    assert {"observations", "dataset", "baselines", "network"} <= set(jobs)
    assert {"sample", "cutout", "ski", "photometry", "hi_cubes", "moments"}.isdisjoint(jobs)


AFTER_THE_RINGS = MASS_MODEL | ROTATION_CURVES - {"rotation_curve_galaxies"} | {"figures"}


def test_rings_are_fitted_to_the_kept_cubes(finished):
    jobs = planned(finished, {"rotation_curve": {"rings": {"max_rings": 5}}})
    assert set(jobs) == AFTER_THE_RINGS | OBSERVED_MASS | {"rings", "observed_rings"}


@pytest.mark.parametrize("rings", [{}, {"max_rings": 5}])
def test_rings_leave_dataset_and_networks_when_cubes_are_not_kept(finished, rings):
    """They are fitted again, for they then have cubes of their own."""
    config = {"hi": {"keep_cubes": False}, "rotation_curve": {"rings": rings}}
    redrawn = {"rings_cubes", "rings", "figure_pipeline"}
    redrawn |= {"observed_rings", *OBSERVED_MASS} if rings else set()
    assert set(planned(finished, config)) == AFTER_THE_RINGS | redrawn


def test_cubes_that_were_deleted_leave_dataset_and_networks(finished, tmp_path):
    copy = finished.copy(tmp_path / "copy", without=["hi/cubes"])
    assert set(planned(copy)) == AFTER_THE_RINGS | {"rings_cubes", "rings"}


def test_autoprof_environment_is_made_when_it_is_wanted(finished, tmp_path):
    config = {"light": "autoprof", "autoprof_environment": str(tmp_path)}
    jobs = planned(finished, {"rotation_curve": config})
    assert jobs["autoprof_environment"] == 1
    assert AFTER_THE_RINGS | {"light_profile"} <= set(jobs)
    assert {"photometry", "rings", "dataset", "network"}.isdisjoint(jobs)


@pytest.mark.parametrize(
    "config",
    [
        {"photometry": {"threads": 2}},
    ],
)
def test_how_a_run_is_done_changes_nothing_but_the_page_that_shows_the_options(finished, config):
    assert set(planned(finished, config)) == {"figures"}


def test_other_examples_are_drawn_and_nothing_else(finished):
    jobs = planned(finished, {"figures": {"example_galaxies": 1}})
    assert set(jobs) == {"figure_photometry", "figure_moments", "figures"}


def test_portrait_takes_images_and_maps_that_are_there(finished):
    assert planned(finished, target=PORTRAIT) == {"population": 1, "portrait": 1}
    sky = {"photometry": {"sky_mag_arcsec2": {"r": 20.5}}}
    jobs = planned(finished, sky, target=PORTRAIT)
    assert jobs == {"photometry": 6, "population": 1, "portrait": 1}


def test_number_of_realisations_leaves_the_universe(finished):
    jobs = planned(finished, {"observation": {"realisations": 2}})
    assert "universe" not in jobs
    assert {"ski", "hi_cubes", "observations"} <= set(jobs)


def test_cutouts_can_be_made_alone(finished, tmp_path):
    galaxies = [int(row["subhalo_id"]) for row in finished.galaxies()]
    elsewhere = Workflow(tmp_path)
    succeed(elsewhere.snakemake("cutouts", config={"simulation": finished.universe}))
    made = sorted(int(path.stem) for path in tmp_path.glob("results/cutouts/*.hdf5"))
    assert made == sorted(galaxies)


def test_machine_without_the_snapshot_goes_on_from_the_cutouts(finished, tmp_path):
    for part in ("sample", "cutouts"):
        shutil.copytree(finished.folder / "results" / part, tmp_path / "results" / part)
    away = {"simulation": {"source": "local", "path": str(tmp_path / "output")}}
    arguments = ["results/dataset.hdf5", "--dry-run", "--rerun-triggers", "mtime", "params"]
    jobs = job_table(succeed(Workflow(tmp_path).snakemake(*arguments, config=away)).stdout)
    of_galaxies = ("ski", "radiative_transfer", "photometry", "hi_cubes", "moments", "profile")
    assert jobs == dict.fromkeys(of_galaxies, 6) | {"rejected": 1, "dataset": 1}
    next(tmp_path.glob("results/cutouts/*.hdf5")).unlink()
    result = Workflow(tmp_path).snakemake(*arguments, config=away)
    assert result.returncode != 0
    sentence = "umbra: simulation.path output holds no snapshot 99"
    assert sentence in result.stdout + result.stderr
