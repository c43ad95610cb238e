# In: TNG's web API. Out: the numbers of the run, the catalogue's fields and whole haloes, as served.
# Used only when simulation.source is api. All downloads run where Snakemake runs, because the
# machines of a cluster often cannot reach the internet. So no job needs the key, and the key is not
# declared with `envvars:`, which would hand it to every job, with some executors in a command line.
# No download has an input, so only another run or snapshot repeats it.

from umbra.config.simulation import DownloadSettings

RUN = "results/api/simulation.json"


wildcard_constraints:
    group=r"\d+",


if FROM_API:
    # These options change how files are downloaded, not their content. Passed without values(...),
    # they are not compared, so a change downloads nothing again.
    DOWNLOAD = SETTINGS.simulation.only(DownloadSettings)

    # A download is repeated when something else is asked for, and not for other code.
    INTERFACE = "umbra.simulation.web_api.interface"
    ALSO_REACHED |= {
        "api_run": [(INTERFACE, "run_of_answers"), (INTERFACE, "snapshot_address")],
        "catalogue_field": [(INTERFACE, "field_address")],
        "halo": [(INTERFACE, "halo_address")],
    }

    # Simultaneous downloads, unless a profile or `--resources downloads=N` sets another number.
    limit("downloads", 4)

    rule api_run:
        output:
            run=RUN,
        log:
            "logs/api_run.log",
        benchmark:
            "benchmarks/api_run.tsv"
        # A download counts its own attempts.
        retries: 0
        localrule: True
        resources:
            downloads=1,
        params:
            name=SETTINGS.simulation.name,
            snapshot=SETTINGS.simulation.snapshot,
            download=DOWNLOAD,
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
        # A download counts its own attempts.
        retries: 0
        localrule: True
        resources:
            downloads=1,
        params:
            name=SETTINGS.simulation.name,
            snapshot=SETTINGS.simulation.snapshot,
            download=DOWNLOAD,
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
        # A download counts its own attempts.
        retries: 0
        localrule: True
        resources:
            downloads=1,
        params:
            name=SETTINGS.simulation.name,
            snapshot=SETTINGS.simulation.snapshot,
            download=DOWNLOAD,
        message:
            "Downloading halo {wildcards.group}"
        script:
            "../scripts/halo.py"
