# In: TNG's web API. Out: the numbers of the run, the catalogue's fields and whole haloes, as served.
# Used only when simulation.source is api. All of it runs where Snakemake runs: the machines of a
# cluster often have no way out. For the same reason the key is not declared with `envvars:`, which
# would hand it to every job, with some executors in a command line.
# No download has an input: nothing but another run or snapshot downloads anything twice.

from umbra.simulation.catalogue import NEEDED

RUN = "results/api/simulation.json"


wildcard_constraints:
    group=r"\d+",


if FROM_API:
    # Only here: it imports requests, which other runs do without.
    from umbra.simulation.web_api.key import api_key

    # Downloads at the same time, unless a profile or `--resources downloads=N` says how many.
    limit("downloads", 4)

    rule api_run:
        output:
            run=RUN,
        log:
            "logs/api_run.log",
        benchmark:
            "benchmarks/api_run.tsv"
        # It has attempts of its own.
        retries: 0
        localrule: True
        resources:
            downloads=1,
        params:
            name=SETTINGS.simulation.name,
            snapshot=SETTINGS.simulation.snapshot,
        message:
            "Asking for the numbers of the run"
        script:
            "../scripts/api_run.py"

    rule catalogue_field:
        output:
            field="results/api/groupcat/{table}/{field}.hdf5",
        log:
            "logs/catalogue_field/{table}_{field}.log",
        benchmark:
            "benchmarks/catalogue_field/{table}_{field}.tsv"
        # It has attempts of its own.
        retries: 0
        localrule: True
        resources:
            downloads=1,
        params:
            name=SETTINGS.simulation.name,
            snapshot=SETTINGS.simulation.snapshot,
        message:
            "Downloading {wildcards.table}/{wildcards.field} of the group catalogue"
        script:
            "../scripts/catalogue_field.py"

    rule halo:
        output:
            halo=(
                "results/api/halos/{group}.hdf5"
                if SETTINGS.simulation.keep_downloads
                else temp("results/api/halos/{group}.hdf5")
            ),
        log:
            "logs/halo/{group}.log",
        benchmark:
            "benchmarks/halo/{group}.tsv"
        # It has attempts of its own.
        retries: 0
        localrule: True
        resources:
            downloads=1,
        params:
            name=SETTINGS.simulation.name,
            snapshot=SETTINGS.simulation.snapshot,
        message:
            "Downloading halo {wildcards.group}"
        script:
            "../scripts/halo.py"
