# In: a cutout. Out: SKIRT's input for it, with one instrument for each realisation.

from umbra.config.photometry import SkiSettings


rule ski:
    input:
        cutout=rules.cutout.output.cutout,
    output:
        ski="results/ski/{galaxy}/galaxy.ski",
        stars="results/ski/{galaxy}/stars.txt",
        young_stars="results/ski/{galaxy}/young_stars.txt",
        gas="results/ski/{galaxy}/gas.txt",
    log:
        "logs/ski/{galaxy}.log",
    benchmark:
        "benchmarks/ski/{galaxy}.tsv"
    # First, because radiative transfer waits for it.
    priority: 1
    group:
        submission
    resources:
        mem_mb=memory(1000),
    params:
        seed=SETTINGS.seed,
        observation=values(SETTINGS.observation.only(ImageSettings)),
        photometry=values(SETTINGS.photometry.only(SkiSettings)),
    message:
        "Writing the ski file of galaxy {wildcards.galaxy}"
    script:
        "../scripts/ski.py"
