# In: a cutout. Out: its HI cubes, one for each realisation, then their moment maps.

from umbra.config.hi import CubeSettings

CUBES = expand("results/hi/cubes/{{galaxy}}_r{realisation}.fits", realisation=REALISATIONS)


rule hi_cubes:
    input:
        cutout=rules.cutout.output.cutout,
    output:
        cubes=CUBES if SETTINGS.hi.keep_cubes else temp(CUBES),
    log:
        "logs/hi_cubes/{galaxy}.log",
    benchmark:
        "benchmarks/hi_cubes/{galaxy}.tsv"
    group:
        submission
    resources:
        mem_mb=memory(2000),
    params:
        seed=SETTINGS.seed,
        observation=values(SETTINGS.observation.only(ImageSettings)),
        telescope=values(SETTINGS.hi.only(CubeSettings)),
    message:
        "Observing the HI of galaxy {wildcards.galaxy}"
    script:
        "../scripts/hi_cubes.py"


rule moments:
    input:
        cubes=rules.hi_cubes.output.cubes,
    output:
        maps="results/hi/moments/{galaxy}.fits",
    log:
        "logs/moments/{galaxy}.log",
    benchmark:
        "benchmarks/moments/{galaxy}.tsv"
    group:
        submission
    resources:
        mem_mb=memory(1000),
    params:
        moments=values(SETTINGS.moments),
    message:
        "Taking the moments of galaxy {wildcards.galaxy}"
    script:
        "../scripts/moments.py"
