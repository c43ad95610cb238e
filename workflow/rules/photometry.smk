# In: images without noise. Out: SDSS images with PSF, sky and noise, in five bands, for each realisation.

from umbra.config.photometry import ImagingSettings


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
        observation=values(SETTINGS.observation.only(ImageSettings)),
        photometry=values(SETTINGS.photometry.only(ImagingSettings)),
        skirt_resources=SKIRT_RESOURCES,
    message:
        "Observing galaxy {wildcards.galaxy} with SDSS"
    script:
        "../scripts/photometry.py"
