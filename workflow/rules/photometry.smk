# In: ideal images. Out: what SDSS would see: five bands with PSF, sky and noise, for every realisation.


rule photometry:
    input:
        frames=rules.radiative_transfer.output.frames,
    output:
        image="results/photometry/{galaxy}.fits",
    log:
        "logs/photometry/{galaxy}.log",
    benchmark:
        "benchmarks/photometry/{galaxy}.tsv"
    group:
        submission
    resources:
        mem_mb=memory(1000),
    params:
        seed=SETTINGS.seed,
        observation=options("observation"),
        photometry=options(
            "photometry", "instrument_grid", "seeing_fwhm_arcsec", "sky_mag_arcsec2", "sky"
        ),
    message:
        "Observing galaxy {wildcards.galaxy} with SDSS"
    script:
        "../scripts/photometry.py"
