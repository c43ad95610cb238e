# In: the group catalogue, or the user's own table of centres. Out: the galaxies that pass every cut.
# Distances and orientations are drawn from the seed, so no other rule waits for their table.

from umbra.config.sample import SelectionSettings
from umbra.simulation.fields import CATALOGUE_FIELDS

TABLE = SETTINGS.sample.table

# The catalogue of a run on disk is no output of this workflow.
CATALOGUE = rules.universe.output.catalogue if SOURCE == "universe" else []
if FROM_API and not TABLE:
    CATALOGUE = [
        f"{SIMULATION}/{table}/{field}.hdf5"
        for table, fields in CATALOGUE_FIELDS.items()
        for field in fields
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
    # First, like the universe: everything but the user's own galaxies waits for it.
    priority: 1
    resources:
        mem_mb=memory(1000),
    params:
        settings=values(SETTINGS.sample.only(SelectionSettings)),
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
    params:
        seed=SETTINGS.seed,
        settings=values(SETTINGS.observation.only(RealisationSettings)),
        distance_relative_error=SETTINGS.observation.distance_relative_error,
    message:
        "Listing distances and orientations"
    script:
        "../scripts/observations.py"
