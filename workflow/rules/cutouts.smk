# In: the snapshot's chunks and the sample. Out: a file for each galaxy with every particle of its sphere.
# Each chunk is read once, for all galaxies. A job reads some chunks and writes a shard, and the cutout
# of a galaxy is gathered from all shards. The web API serves no chunks: there, each sphere is cut out
# of the galaxy's halo.

from umbra.checks.data import every_cutout_is_there
from umbra.config.sample import ParticleLimits


wildcard_constraints:
    shard=r"\d+",


CHUNKS = rules.universe.output.chunks if SOURCE == "universe" else []
if FROM_DISK and not os.path.exists(SIMULATION) and checked(every_cutout_is_there):
    # The cutouts were brought to a machine without the snapshot.
    CHUNKS = [SIMULATION]
elif FROM_DISK:
    CHUNKS = checked(
        chunk_paths,
        option="simulation.path",
        path=Path(SIMULATION),
        snapshot=SETTINGS.simulation.snapshot,
        allow_missing=SETTINGS.simulation.allow_missing_chunks,
    )
CHUNKS_OF_SHARD = [
    [str(path) for path in CHUNKS[first : first + SETTINGS.cutouts.chunks_per_job]]
    for first in range(0, len(CHUNKS), SETTINGS.cutouts.chunks_per_job)
]


rule cutout_shard:
    input:
        galaxies="results/sample/galaxies.csv",
        chunks=lambda wildcards: CHUNKS_OF_SHARD[int(wildcards.shard)],
    output:
        shard=temp("results/cutouts/shards/{shard}.hdf5"),
    log:
        "logs/cutout_shard/{shard}.log",
    benchmark:
        "benchmarks/cutout_shard/{shard}.tsv"
    # Its second thread has a core in the Slurm profile. On one machine, a shard that waits for two
    # free cores leaves one idle.
    resources:
        mem_mb=memory(1000),
    params:
        seed=SETTINGS.seed,
        observation=values(SETTINGS.observation.only(FieldSettings)),
        radius_kpc=SETTINGS.cutouts.radius_kpc,
    message:
        "Streaming shard {wildcards.shard} of the snapshot"
    script:
        "../scripts/cutout_shard.py"


# A cutout takes one folder as input. With every shard as input, Snakemake would spend minutes checking
# which of these temporary files 2000 galaxies still need.
rule shards:
    input:
        shards=expand(rules.cutout_shard.output.shard, shard=range(len(CHUNKS_OF_SHARD))),
    output:
        folder=temp(directory("results/cutouts/all_shards")),
    log:
        "logs/shards.log",
    benchmark:
        "benchmarks/shards.tsv"
    localrule: True
    message:
        "Collecting the shards of the snapshot"
    script:
        "../scripts/shards.py"


rule cutout:
    input:
        # Every file of a galaxy is made from its cutout, so this refuses all files of other galaxies.
        galaxies=sample_with,
        shards=[] if FROM_API else rules.shards.output.folder,
        halo=halo_of if FROM_API else [],
        run=RUN if FROM_API else [],
    output:
        cutout="results/cutouts/{galaxy}.hdf5",
    log:
        "logs/cutout/{galaxy}.log",
    benchmark:
        "benchmarks/cutout/{galaxy}.tsv"
    # First, because radiative transfer waits for it.
    priority: 1
    group:
        submission
    resources:
        mem_mb=memory(1000),
    params:
        seed=SETTINGS.seed,
        observation=values(SETTINGS.observation.only(FieldSettings)),
        radius_kpc=SETTINGS.cutouts.radius_kpc,
        limits=values(SETTINGS.sample.only(ParticleLimits)),
    message:
        "Gathering the particles of galaxy {wildcards.galaxy}"
    script:
        "../scripts/cutout.py"
