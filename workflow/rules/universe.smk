# In: nothing but the configuration. Out: a snapshot and its group catalogue in TNG's layout.
# Used only when simulation.source is universe.

if SOURCE == "universe":

    rule universe:
        output:
            chunks=expand(
                "results/universe/output/snapdir_099/snap_099.{chunk}.hdf5",
                chunk=range(SETTINGS.universe.chunks),
            ),
            catalogue=directory("results/universe/output/groups_099"),
            offsets="results/universe/postprocessing/offsets/offsets_099.hdf5",
        log:
            "logs/universe.log",
        benchmark:
            "benchmarks/universe.tsv"
        # First: it takes all cores, so one small job that has begun would hold it up.
        priority: 1
        # As many as --cores allows.
        threads: 128
        resources:
            mem_mb=memory(4000),
        params:
            seed=SETTINGS.seed,
            universe=values(SETTINGS.universe),
        message:
            "Making the synthetic universe"
        script:
            "../scripts/universe.py"
