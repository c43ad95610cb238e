# In: the group catalogue, or the user's own table of centres. Out: the galaxies that pass every cut.
# The distances and orientations of their views are drawn from the seed, so nothing waits for them.


def catalogue_files(wildcards):
    if SETTINGS.sample.table:
        return [str(SETTINGS.sample.table)]
    return [] if FROM_DISK else rules.universe.output.catalogue


checkpoint sample:
    input:
        catalogue_files,
    output:
        galaxies=report(
            "results/sample/galaxies.csv", category="Sample", caption="../report/galaxies.rst"
        ),
        cuts="results/sample/cuts.csv",
    log:
        "logs/sample.log",
    benchmark:
        "benchmarks/sample.tsv"
    resources:
        mem_mb=4000,
    params:
        settings=options("sample"),
        path=SIMULATION,
        snapshot=SETTINGS.simulation.snapshot,
    message:
        "Selecting the galaxies"
    script:
        "../scripts/sample.py"


rule observations:
    input:
        galaxies="results/sample/galaxies.csv",
    output:
        table="results/sample/observations.csv",
    log:
        "logs/observations.log",
    benchmark:
        "benchmarks/observations.tsv"
    params:
        seed=SETTINGS.seed,
        settings=options("observation"),
    message:
        "Listing distances and orientations"
    script:
        "../scripts/observations.py"
