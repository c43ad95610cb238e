# The checked configuration, the galaxies of the sample, and the wildcard constraints.

import functools
import gc
import os
import sys

import numpy as np
from snakemake_interface_common.exceptions import WorkflowError

# The package of this checkout, whatever other one is installed.
PACKAGES = f"{workflow.basedir}/workflow"
sys.path.insert(0, PACKAGES)

from umbra.environment import prepare_environment, put_first_on_python_path

# Before libraries are imported. Jobs inherit this, submissions too.
prepare_environment()
put_first_on_python_path(PACKAGES)

from umbra.channels import PAPER_CHANNEL_SETS
from umbra.checks.data import checked_galaxies
from umbra.classical.rotation_curve.selection_table import read_selection
from umbra.code_fingerprint import module_fingerprint, script_fingerprint
from umbra.config.fingerprint import data_digest
from umbra.config.loading import load_sources
from umbra.config.observation import FieldSettings, ImageSettings, RealisationSettings
from umbra.dataset.examples import choose_examples, choose_over_masses
from umbra.errors import InputError
from umbra.faults import described
from umbra.observed.saved_networks import definition_of_run, read_networks
from umbra.simulation.galaxies import part_of_sample, read_sample
from umbra.simulation.snapshot import chunk_paths

# The objects of a plan stay until it ends. To search them for garbage takes a fifth of its time.
gc.set_threshold(50_000, 20, 20)


report: "../report/workflow.rst"


wildcard_constraints:
    galaxy=r"\d+",
    realisation=r"\d+",
    part=r"\d+",


# Modules, and definitions in them, that the text of a rule's script does not lead to.
ALSO_REACHED = {}

# The options whose relative paths were found nowhere, and a sentence about each.
NOT_FOUND = {}


def checked(function, *arguments, option=None, **keywords):
    """Call a function that checks the user's input; show its sentence without a traceback.

    If the option that it checks is a path that was found nowhere, the sentence names the places.
    """
    try:
        return function(*arguments, **keywords)
    except InputError as error:
        raise WorkflowError(f"umbra: {NOT_FOUND.get(option, error)}") from None
    except (OSError, MemoryError) as error:
        sentence = described(error) or f"{error}; check what it names."
        raise WorkflowError(f"umbra: {sentence}") from None


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

SETTINGS, NOT_FOUND = checked(load_sources, config, **config_sources())
SOURCE = SETTINGS.simulation.source
FROM_DISK, FROM_API = SOURCE == "local", SOURCE == "api"
# Where the group catalogue is.
SIMULATION = {
    "universe": "results/universe/output",
    "local": str(SETTINGS.simulation.path),
    "api": "results/api/groupcat",
}[SOURCE]
REALISATIONS = range(SETTINGS.observation.realisations)


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
def sample_at(path, changed_ns):
    """Return the table of a sample by galaxy; the file is read again when it has changed."""
    columns = ("subhalo_id", "group_id", "stellar_mass_msun")
    return checked(read_sample, Path(path), columns).set_index("subhalo_id")


def sample():
    """Return the table of the sample.

    Snakemake calls this again after the checkpoint has run.
    """
    path = checkpoints.sample.get().output.galaxies
    return sample_at(path, os.stat(path).st_mtime_ns)


def galaxies():
    """Return the ids of the sample."""
    return sample().index.tolist()


def sample_with(wildcards):
    """Return the file of the sample, which has the galaxy that is asked for."""
    path, galaxy = "results/sample/galaxies.csv", int(wildcards.galaxy)
    # 007 is no name of galaxy 7.
    if not is_submission() and (galaxy not in sample().index or str(galaxy) != wildcards.galaxy):
        raise WorkflowError(
            f"umbra: galaxy {wildcards.galaxy} is not in {path}; ask for one that is, or change the"
            " cuts."
        )
    return path


def halo_of(wildcards):
    """Return the file of a galaxy's halo."""
    return f"results/api/halos/{sample()['group_id'][int(wildcards.galaxy)]}.hdf5"


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


# Galaxies that the portrait shows at most.
PORTRAIT_GALAXIES = 24


def of_portrait(pattern):
    """Return an input function: `pattern` for galaxies in equal steps of the rank by mass."""
    return lambda wildcards: expand(
        pattern,
        galaxy=choose_over_masses(
            wanted=PORTRAIT_GALAXIES,
            galaxy=sample().index.to_numpy(),
            log10_mass=np.log10(sample()["stellar_mass_msun"].to_numpy()),
            key="PORTRAIT_GALAXIES",
        ),
    )


def of_every_galaxy(pattern):
    """Return an input function: `pattern` for each galaxy of the sample."""
    return lambda wildcards: expand(pattern, galaxy=galaxies())


def of_part(pattern):
    """Return an input function: `pattern` for each galaxy of one of several parts of the sample."""
    return lambda wildcards: expand(
        pattern,
        galaxy=checked(
            part_of_sample, galaxies(), part=int(wildcards.part), parts=int(wildcards.parts)
        ),
    )


def submission(wildcards):
    """Return the group of jobs with which a galaxy's jobs are submitted to a cluster, if any.

    The profile sets how many galaxies share a submission; they follow each other in the sample. No
    file and no parameter depends on this number, so changing it reruns nothing.
    """
    if not GALAXIES_PER_SUBMISSION or int(wildcards.galaxy) not in sample().index:
        return None
    place = sample().index.get_loc(int(wildcards.galaxy))
    return group_of_submission("galaxy", place // GALAXIES_PER_SUBMISSION)


# Snakemake compares lists from run to run.
CHANNEL_SETS = {name: list(names) for name, names in SETTINGS.networks.channel_sets.items()}


def channels_of(wildcards):
    """Return the channels of a channel set."""
    return CHANNEL_SETS[wildcards.channels]


def channels_by_set(*names):
    """Return the channels of some channel sets."""
    return {name: CHANNEL_SETS[name] for name in names}


def training_of(wildcards):
    """Return how an architecture is trained."""
    return values(SETTINGS.networks.training[wildcards.architecture])


def distance_of(wildcards):
    """Return the distance that the architecture of a job takes: ``none`` or ``measured``."""
    return SETTINGS.networks.distance_of(wildcards.architecture)


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


def gaussian_parts(wildcards):
    """Return the parts of the Gaussian ensembles of all channel sets."""
    return expand(
        rules.ensemble_part.output.part,
        kind="gaussian",
        architecture=SETTINGS.ensemble.architecture,
        channels=SETTINGS.ensemble.channel_sets,
        part=range(-(-MEMBERS["gaussian"] // MEMBERS_PER_JOB)),
    )


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
        return expand(pattern, galaxy=checked(read_selection, Path(path)))

    return paths


def of_observed(pattern):
    """Return an input function: `pattern` for each galaxy of the user's table."""
    return lambda wildcards: expand(pattern, name=observed_galaxies())


def cube_for_rings(wildcards):
    """Return the cube that the rings of a galaxy are fitted to: the kept one, or one of their own.

    To make a kept cube again that was deleted would make the moment maps again, and with them the
    dataset and every network.
    """
    kept = CUBES[FITTED_REALISATION].format(**wildcards)
    deleted = (
        Path(rules.moments.output.maps.format(**wildcards)).exists() and not Path(kept).exists()
    )
    own = deleted or not SETTINGS.hi.keep_cubes
    return RINGS_CUBES[FITTED_REALISATION].format(**wildcards) if own else kept


def intervals_of(section):
    """Return the intervals of a section's network if the ensembles give any, else nothing."""
    given = section.architecture == SETTINGS.ensemble.architecture
    if not given or section.channels not in SETTINGS.ensemble.channel_sets:
        return []
    pattern = "results/uncertainty/{}/{}/intervals.csv"
    return [pattern.format(section.architecture, section.channels)]


@functools.cache
def observed_galaxies():
    """Return the galaxies of the user's table by their names."""
    return checked(checked_galaxies, SETTINGS.observed.table, option="observed.table")


def observed_galaxy(wildcards):
    """Return the row of the user's table that is asked for."""
    found = observed_galaxies()
    if wildcards.name not in found:
        raise WorkflowError(
            f"umbra: galaxy {wildcards.name} is not in {SETTINGS.observed.table}, which has"
            f" {', '.join(found)}; ask for one of them, or add it (observed.table)."
        )
    return found[wildcards.name]


@functools.cache
def networks_definition():
    """Return what the networks that see the user's galaxies were trained on."""
    folder = SETTINGS.observed.networks
    return (
        checked(read_networks, folder, option="observed.networks")
        if folder
        else definition_of_run(SETTINGS)
    )
