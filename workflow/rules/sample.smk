# In: the group catalogue, or the user's own table of centres. Out: the galaxies that pass every cut.
# The distances and orientations of their views are drawn from the seed, so nothing waits for them.


if SETTINGS.sample.table:
    CATALOGUE = [str(SETTINGS.sample.table)]
elif FROM_DISK:
    CATALOGUE = []
else:
    CATALOGUE = rules.universe.output.catalogue


checkpoint sample:
    input:
        CATALOGUE,
    output:
        galaxies=report(
            "results/sample/galaxies.csv", category="Sample", caption="../report/galaxies.rst"
        ),
        cuts="results/sample/cuts.csv",
    log:
        "logs/sample.log",
    benchmark:
        "benchmarks/sample.tsv"
    conda:
        "../../envs/umbra.yaml"
    resources:
        mem_mb=4000,
    params:
        settings=options("sample"),
        path=lambda wildcards: SIMULATION,
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
    conda:
        "../../envs/umbra.yaml"
    params:
        seed=SETTINGS.seed,
        settings=options("observation"),
    message:
        "Listing distances and orientations"
    script:
        "../scripts/observations.py"
