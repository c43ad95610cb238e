# In: the user's table of galaxies and their FITS files. Out: their channels as the networks know them.

from umbra.checks.data import checked_galaxies
from umbra.observed.saved_networks import definition_of_run, read_definition
from umbra.observed.training_images import TrainingImages


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
        checked(read_definition, folder, option="observed.networks")
        if folder
        else definition_of_run(SETTINGS)
    )


rule observed_maps:
    input:
        files=lambda wildcards: [str(p) for p in observed_galaxy(wildcards).files.values()],
    output:
        maps="results/observed/{name}/maps.fits",
        cube="results/observed/{name}/cube.fits",
    log:
        "logs/observed_maps/{name}.log",
    benchmark:
        "benchmarks/observed_maps/{name}.tsv"
    wildcard_constraints:
        name=r"[^/]+",
    resources:
        mem_mb=memory(2000, of_input=12),
    params:
        galaxy=lambda wildcards: values(observed_galaxy(wildcards)),
        training=lambda wildcards: values(networks_definition().only(TrainingImages)),
        stars=SETTINGS.observed.stars,
    message:
        "Preparing the images of {wildcards.name}"
    script:
        "../scripts/observed_maps.py"
