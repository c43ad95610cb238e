# In: the snapshot's chunks and the sample. Out: one file a galaxy with every particle of its sphere.
# Chunks are scattered over parts, each read once whatever the number of galaxies, then gathered.
# From the web API, there are no chunks, and each sphere is cut out of the galaxy's halo.

CHUNKS = rules.universe.output.chunks if SOURCE == "universe" else []
if FROM_DISK and not Path(SIMULATION).exists() and every_cutout_is_there():
    # They were brought to a machine without the snapshot.
    CHUNKS = [SIMULATION]
elif FROM_DISK:
    CHUNKS = checked(
        chunk_paths,
        path=Path(SIMULATION),
        snapshot=SETTINGS.simulation.snapshot,
        allow_missing=SETTINGS.simulation.allow_missing_chunks,
    )
    # A mini snapshot is refused before anything runs.
    checked(check_recorded, CHUNKS)
PARTS = [
    [str(path) for path in CHUNKS[first : first + SETTINGS.cutouts.chunks_per_job]]
    for first in range(0, len(CHUNKS), SETTINGS.cutouts.chunks_per_job)
]


rule cutout_part:
    input:
        galaxies="results/sample/galaxies.csv",
        chunks=lambda wildcards: PARTS[int(wildcards.part)],
    output:
        shard=temp("results/cutouts/parts/{part}.hdf5"),
    log:
        "logs/cutout_part/{part}.log",
    benchmark:
        "benchmarks/cutout_part/{part}.tsv"
    # One reads while the other searches.
    threads: 2
    resources:
        mem_mb=memory(1000),
    params:
        seed=SETTINGS.seed,
        observation=values(SETTINGS.observation.only(FieldSettings)),
        radius_kpc=SETTINGS.cutouts.radius_kpc,
    message:
        "Streaming part {wildcards.part} of the snapshot"
    script:
        "../scripts/cutout_part.py"


# One folder for all galaxies: with every part an input of every cutout, Snakemake spends minutes on
# which of these temporary files some of 2000 galaxies still needs.
rule shards:
    input:
        parts=expand(rules.cutout_part.output.shard, part=range(len(PARTS))),
    output:
        folder=temp(directory("results/cutouts/shards")),
    log:
        "logs/shards.log",
    benchmark:
        "benchmarks/shards.tsv"
    localrule: True
    message:
        "Collecting the parts of the snapshot"
    script:
        "../scripts/shards.py"


rule cutout:
    input:
        galaxies="results/sample/galaxies.csv",
        shards=[] if FROM_API else rules.shards.output.folder,
        halo=halo_of if FROM_API else [],
        run=RUN if FROM_API else [],
    output:
        cutout="results/cutouts/{galaxy}.hdf5",
    log:
        "logs/cutout/{galaxy}.log",
    benchmark:
        "benchmarks/cutout/{galaxy}.tsv"
    group:
        submission
    resources:
        mem_mb=memory(1000),
    params:
        seed=SETTINGS.seed,
        observation=values(SETTINGS.observation.only(FieldSettings)),
        radius_kpc=SETTINGS.cutouts.radius_kpc,
        minimum=options("sample", "min_gas_cells", "min_star_particles"),
    message:
        "Gathering the particles of galaxy {wildcards.galaxy}"
    script:
        "../scripts/cutout.py"
