# The checked configuration, the galaxies of the sample, and what a path may look like.

import functools
import os

from snakemake_interface_common.exceptions import WorkflowError

from umbra.channels import PAPER_CHANNEL_SETS
from umbra.config.fingerprint import data_digest
from umbra.config.loading import load_config
from umbra.config.observation import FieldSettings, RealisationSettings
from umbra.dataset.examples import choose_examples
from umbra.environment import put_first_on_python_path
from umbra.errors import InputError
from umbra.figures.catalogue import ERRORS_CAPTION, PROFILE_FIGURE, configured, profile_network
from umbra.files import check_room
from umbra.photometry.radiative_transfer import executable, resource_folder
from umbra.simulation.galaxies import read_sample
from umbra.simulation.snapshot import check_recorded, chunk_paths
from umbra.tables import read_table


report: "../report/workflow.rst"


onstart:
    no_limit_on_job_starts()
    # Before the first of hours of downloads; no other job needs the key.
    if DOWNLOADS & planned_rules():
        checked(api_key)


wildcard_constraints:
    galaxy=r"\d+",
    realisation=r"\d+",
    part=r"\d+",
    bundle=r"\d+",


def checked(function, *arguments, **keywords):
    """Call a function that checks the user's input; show its sentence without a traceback."""
    try:
        return function(*arguments, **keywords)
    except InputError as error:
        raise WorkflowError(f"umbra: {error}") from None


# Jobs find the package here.
put_first_on_python_path(f"{workflow.basedir}/workflow")

checked(check_room, os.curdir)

# Submissions inherit the environment, and with --verbose Slurm's plugin writes it into their logs.
# No submission needs the key, because downloads run where Snakemake runs.
if is_submission():
    os.environ.pop("TNG_API_KEY", None)

# The profile of a cluster sets this (profiles/slurm). It is not an option of the analysis.
GALAXIES_PER_SUBMISSION = config.pop("galaxies_per_submission", 0)
if not isinstance(GALAXIES_PER_SUBMISSION, int) or GALAXIES_PER_SUBMISSION < 0:
    raise WorkflowError(
        "umbra: galaxies_per_submission, which the profile of a cluster sets, must be a whole"
        " number of at least 0."
    )

SETTINGS = checked(load_config, config)
SOURCE = SETTINGS.simulation.source
FROM_DISK, FROM_API = SOURCE == "local", SOURCE == "api"
# The rules that need the key of the web API.
DOWNLOADS = {"api_run", "catalogue_field", "halo"}
# Where the group catalogue is.
SIMULATION = {
    "universe": "results/universe/output",
    "local": str(SETTINGS.simulation.path),
    "api": "results/api/groupcat",
}[SOURCE]
REALISATIONS = range(SETTINGS.observation.realisations)
checked(executable, SETTINGS.photometry.engine)
checked(resource_folder, SETTINGS.photometry.skirt_resources)


# The networks that are compared, and the figures that a run with them makes.
TRAINED = {
    "architectures": SETTINGS.networks.architectures,
    "channel_sets": list(SETTINGS.networks.channel_sets),
}
PLOTS = configured(**TRAINED)


def options(section, *keys):
    """Return a section of the configuration, or only these keys of it: what a rule depends on."""
    values = getattr(SETTINGS, section).model_dump(mode="json")
    return {key: values[key] for key in keys} if keys else values


def values(settings):
    """Return a section, or a part of one, as what Snakemake compares from run to run.

    Snakemake records numbers, texts, lists and dictionaries among the parameters of a rule, and
    makes its output again when they change. It does not record a pydantic model: pass one only if
    its keys decide how something is done, and not what comes out.
    """
    return settings.model_dump(mode="json")


def memory(megabytes, of_input=0):
    """Return the memory of a job [MB]: more at every attempt, since too little memory ends jobs.

    A job that holds all images needs more for a larger sample: `of_input` times the size of its
    input is added.
    """
    if not of_input:
        return lambda wildcards, attempt: megabytes * attempt
    return lambda wildcards, input, attempt: round(megabytes + of_input * input.size_mb) * attempt


@functools.lru_cache(maxsize=1)
def sample_groups(path, changed_ns):
    """Return the group of each galaxy of a sample; the file is read again when it has changed."""
    sample = checked(read_sample, Path(path))
    return dict(zip(sample["subhalo_id"].tolist(), sample["group_id"].tolist(), strict=True))


def groups():
    """Return the group of each galaxy; Snakemake asks again once the sample is made."""
    path = checkpoints.sample.get().output.galaxies
    return sample_groups(path, os.stat(path).st_mtime_ns)


def galaxies():
    """Return the ids of the sample."""
    return list(groups())


def every_cutout_is_there():
    """Return whether the sample and all its cutouts are there."""
    path = Path("results/sample/galaxies.csv")
    if not path.exists():
        return False
    chosen = sample_groups(path, path.stat().st_mtime_ns)
    return all(Path(f"results/cutouts/{galaxy}.hdf5").exists() for galaxy in chosen)


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


def of_bundle(pattern):
    """Return an input function: `pattern` for each galaxy that shares a submission."""

    def paths(wildcards):
        first = int(wildcards.bundle) * GALAXIES_PER_SUBMISSION
        return expand(pattern, galaxy=galaxies()[first : first + GALAXIES_PER_SUBMISSION])

    return paths


def all_bundles(wildcards):
    """Return what each bundle of galaxies leaves; nothing unless a profile asks for bundles."""
    if not GALAXIES_PER_SUBMISSION:
        return []
    count = -(-len(galaxies()) // GALAXIES_PER_SUBMISSION)
    return expand(rules.bundle.output.done, bundle=range(count))


def training_of(wildcards):
    """Return how an architecture is trained."""
    return values(SETTINGS.networks.training[wildcards.architecture])


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
        path = checkpoints.rotation_curve_galaxies.get().output.galaxies
        table = checked(read_table, Path(path), {"galaxy": int, "chosen": str})
        return expand(pattern, galaxy=table.loc[table["chosen"] == "yes", "galaxy"])

    return paths


def intervals_of(section):
    """Return the intervals of a section's network if the ensembles give any, else nothing."""
    given = section.architecture == SETTINGS.ensemble.architecture
    if not given or section.channels not in SETTINGS.ensemble.channel_sets:
        return []
    pattern = "results/uncertainty/{}/{}/intervals.csv"
    return [pattern.format(section.architecture, section.channels)]
