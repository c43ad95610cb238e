# The checked configuration, the galaxies of the sample, and what a path may look like.

import csv
import functools
import hashlib
import json
import os

from snakemake.exceptions import WorkflowError

from umbra.channels import PAPER_CHANNEL_SETS
from umbra.config.loading import load_config
from umbra.config.observation import FieldSettings, RealisationSettings
from umbra.dataset.examples import choose_examples
from umbra.errors import InputError
from umbra.files import check_room
from umbra.photometry.radiative_transfer import executable, resource_folder
from umbra.simulation.snapshot import check_recorded, chunk_paths


report: "../report/workflow.rst"


onstart:
    # Snakemake 9.27 limits how many jobs start a second, with a timer for every look at the queue
    # that ends in another look: work that grows with the square of the number of jobs, and a run
    # that ends as late as its last timer. On one machine, --cores is limit enough.
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None
    # Before the first of hours of downloads; no other job needs the key.
    if any("downloads" in job.rule.resources for job in workflow.dag.needrun_jobs()):
        checked(api_key)


wildcard_constraints:
    galaxy=r"\d+",
    realisation=r"\d+",
    part=r"\d+",


def checked(function, *arguments, **keywords):
    """Call what checks the user's input; its sentence is shown without a traceback."""
    try:
        return function(*arguments, **keywords)
    except InputError as error:
        raise WorkflowError(f"umbra: {error}") from None


# Jobs in an environment of their own find the package here.
os.environ.update(PYTHONPATH=f"{workflow.basedir}/workflow")

checked(check_room, os.curdir)

# Submissions inherit the environment, and with --verbose Slurm's plugin writes it into their logs;
# none needs the key, for downloads run where Snakemake runs.
if workflow.remote_exec:
    os.environ.pop("TNG_API_KEY", None)

SETTINGS = checked(load_config, config)
SOURCE = SETTINGS.simulation.source
FROM_DISK, FROM_API = SOURCE == "local", SOURCE == "api"
# Where the group catalogue is.
SIMULATION = {
    "universe": "results/universe/output",
    "local": str(SETTINGS.simulation.path),
    "api": "results/api/groupcat",
}[SOURCE]
REALISATIONS = range(SETTINGS.observation.realisations)
checked(executable, SETTINGS.photometry.engine)
checked(resource_folder, SETTINGS.photometry.skirt_resources)


def options(section, *keys):
    """Return a section of the configuration, or only these keys of it: what a rule depends on."""
    values = getattr(SETTINGS, section).model_dump(mode="json")
    return {key: values[key] for key in keys} if keys else values


def values(settings):
    """Return a section, or a part of one, as what Snakemake compares from run to run.

    Snakemake records numbers, texts, lists and dictionaries among the parameters of a rule, and
    makes its output again when they change. A model of pydantic it hands on without recording it:
    fit for what decides how something is done, and not what comes out.
    """
    return settings.model_dump(mode="json")


def memory(megabytes, of_input=0):
    """Return the memory of a job [MB]: more at every attempt, for lack of it is what ends jobs.

    What holds images grows with the sample: `of_input` counts in sizes of the job's input.
    """
    if not of_input:
        return lambda wildcards, attempt: megabytes * attempt
    return lambda wildcards, input, attempt: round(megabytes + of_input * input.size_mb) * attempt


def data_digest():
    """Return a fingerprint of every option that shapes the dataset, not of how it is computed."""
    sections = ["simulation", "sample", "observation", "cutouts", "photometry"]
    sections += ["hi", "moments", "profiles", "dataset"]
    if SOURCE == "universe":
        sections.append("universe")
    # How it is done, not what.
    irrelevant = {"path", "threads", "keep_cubes"}
    irrelevant |= {"chunks_per_job", "galaxies_per_group", "max_rejected_fraction"}
    irrelevant |= {"api_url", "api_timeout_s", "api_attempts", "keep_downloads"}
    if not FROM_API:
        irrelevant.add("name")
    values = {
        f"{section}.{key}": value
        for section in sections
        for key, value in options(section).items()
        if key not in irrelevant
    }
    return hashlib.sha256(json.dumps([SETTINGS.seed, values]).encode()).hexdigest()[:16]


@functools.lru_cache(maxsize=1)
def read_sample(path, changed_ns):
    """Return the group of each galaxy of a sample; read again when the file has changed."""
    with open(path, newline="") as file:
        return {int(row["subhalo_id"]): row["group_id"] for row in csv.DictReader(file)}


def groups():
    """Return the group of each galaxy; Snakemake asks again once the sample is made."""
    path = checkpoints.sample.get().output.galaxies
    return read_sample(path, os.stat(path).st_mtime_ns)


def galaxies():
    """Return the ids of the sample."""
    return list(groups())


def every_cutout_is_there():
    """Say whether the galaxies were chosen, and cut out, before."""
    sample = Path("results/sample/galaxies.csv")
    if not sample.exists():
        return False
    sample = read_sample(sample, sample.stat().st_mtime_ns)
    return all(Path(f"results/cutouts/{galaxy}.hdf5").exists() for galaxy in sample)


def halo_of(wildcards):
    """Return the file of a galaxy's halo."""
    group = groups().get(int(wildcards.galaxy))
    if group is None:
        raise WorkflowError(
            f"umbra: galaxy {wildcards.galaxy} is not in results/sample/galaxies.csv; ask for one"
            " that is, or change the cuts."
        )
    return f"results/api/halos/{group}.hdf5"


def of_examples(pattern):
    """Return an input function: `pattern` for each galaxy that the figures of images show."""
    return lambda wildcards: expand(
        pattern,
        galaxy=checked(
            choose_examples,
            wanted=SETTINGS.figures.example_galaxies,
            sample=galaxies(),
            seed=SETTINGS.seed,
        ),
    )


def of_every_galaxy(pattern):
    """Return an input function: `pattern` for each galaxy of the sample."""
    return lambda wildcards: expand(pattern, galaxy=galaxies())


# Galaxies in a row of the sample, which share a submission.
PER_GROUP = SETTINGS.sample.galaxies_per_group


def of_part(pattern):
    """Return an input function: `pattern` for each galaxy of a part of the sample."""

    def paths(wildcards):
        first = int(wildcards.part) * PER_GROUP
        return expand(pattern, galaxy=galaxies()[first : first + PER_GROUP])

    return paths


def parts_of_sample(wildcards):
    """Return what each part of the sample has of rejected galaxies."""
    count = -(-len(galaxies()) // PER_GROUP)
    return expand(rules.rejected_part.output.table, part=range(count))


def training_of(wildcards):
    """Return how an architecture is trained."""
    return options("networks", "training")["training"][wildcards.architecture]


# Networks of an ensemble of each kind.
MEMBERS = {
    "bootstrap": SETTINGS.ensemble.members,
    "gaussian": SETTINGS.ensemble.gaussian_members,
}
MEMBERS_PER_JOB = SETTINGS.ensemble.members_per_job


def ensemble_parts(wildcards):
    """Return the parts that an ensemble is trained in."""
    count = -(-MEMBERS[wildcards.kind] // MEMBERS_PER_JOB)
    return expand(rules.ensemble_part.output.part, part=range(count), **wildcards)


def members_of_part(wildcards):
    """Return the numbers of the members that a part holds."""
    first = int(wildcards.part) * MEMBERS_PER_JOB
    return list(range(first, min(first + MEMBERS_PER_JOB, MEMBERS[wildcards.kind])))


# The realisation whose rotation curve is fitted.
FITTED_REALISATION = SETTINGS.rotation_curve.realisation


def of_rotation_curves(pattern):
    """Return an input function: `pattern` for each galaxy whose rotation curve is fitted."""

    def paths(wildcards):
        with open(checkpoints.rotation_curve_galaxies.get().output.galaxies, newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["chosen"] == "yes"]
        return expand(pattern, galaxy=[row["galaxy"] for row in rows])

    return paths


def intervals_of(section):
    """Return the intervals of a section's network if the ensembles give any, else nothing."""
    given = section.architecture == SETTINGS.ensemble.architecture
    if not given or section.channels not in SETTINGS.ensemble.channel_sets:
        return []
    pattern = "results/uncertainty/{}/{}/intervals.csv"
    return [pattern.format(section.architecture, section.channels)]
