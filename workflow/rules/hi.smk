# In: a cutout. Out: its HI cubes, one a realisation, then their moment maps.

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
        observation=options("observation"),
        hi=options(
            "hi",
            "channels",
            "channel_width_km_s",
            "beam_fwhm_arcsec",
            "beam_truncation_fwhm",
            "noise_rms_jy_arcsec2",
            "line_width",
        ),
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
        mem_mb=memory(500),
    params:
        moments=options("moments"),
    message:
        "Taking the moments of galaxy {wildcards.galaxy}"
    script:
        "../scripts/moments.py"
