# In: the group catalogue, or the user's own table of centres. Out: the galaxies that pass every cut.
# The distances and orientations of their realisations are drawn from the seed, so nothing waits for them.


TABLE = SETTINGS.sample.table
if TABLE and not TABLE.is_file():
    raise WorkflowError(
        f"umbra: sample.table {TABLE} does not exist; give a CSV of centres or null."
    )


# A run on disk is not this workflow's to make.
CATALOGUE = rules.universe.output.catalogue if SOURCE == "universe" else []
if FROM_API and not TABLE:
    CATALOGUE = [
        f"{SIMULATION}/{kind}/{field}.hdf5" for kind, fields in NEEDED.items() for field in fields
    ]


checkpoint sample:
    input:
        catalogue=CATALOGUE,
        run=RUN if FROM_API else [],
        table=str(TABLE) if TABLE else [],
    output:
        galaxies=report("results/sample/galaxies.csv", **table_in_report("galaxies")),
        cuts=report("results/sample/cuts.csv", **table_in_report("cuts")),
    log:
        "logs/sample.log",
    benchmark:
        "benchmarks/sample.tsv"
    conda:
        "../../envs/umbra.yaml"
    resources:
        mem_mb=memory(1000),
    params:
        settings=options(
            "sample",
            "stellar_mass",
            "min_stellar_mass_msun",
            "max_stellar_mass_msun",
            "min_sfr_msun_yr",
            "table",
        ),
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
        table=report("results/sample/observations.csv", **table_in_report("observations")),
    log:
        "logs/observations.log",
    benchmark:
        "benchmarks/observations.tsv"
    localrule: True
    conda:
        "../../envs/umbra.yaml"
    params:
        seed=SETTINGS.seed,
        settings=values(SETTINGS.observation.only(RealisationSettings)),
    message:
        "Listing distances and orientations"
    script:
        "../scripts/observations.py"
