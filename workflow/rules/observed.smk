# In: the user's table of galaxies and their FITS files. Out: their HI cubes, and their channels as the
# networks know them.

from umbra.config.observation import ImageSettings
from umbra.observed.table import GivenCube
from umbra.observed.training_images import TrainingImages


# A rule of its own: the rings that are fitted to the cube depend on none of the images.
rule observed_cube:
    input:
        file=lambda wildcards: [str(p) for p in [observed_galaxy(wildcards).cube] if p],
    output:
        cube="results/observed/{name}/cube.fits",
    log:
        "logs/observed_cube/{name}.log",
    benchmark:
        "benchmarks/observed_cube/{name}.tsv"
    wildcard_constraints:
        name=r"[^/]+",
    resources:
        mem_mb=memory(2000, of_input=12),
    params:
        galaxy=lambda wildcards: values(observed_galaxy(wildcards).only(GivenCube)),
        observation=lambda wildcards: values(networks_definition().observation.only(ImageSettings)),
        beam_fwhm_arcsec=lambda wildcards: networks_definition().hi.beam_fwhm_arcsec,
        moments=lambda wildcards: values(networks_definition().moments),
    message:
        "Reading the HI cube of {wildcards.name}"
    script:
        "../scripts/observed_cube.py"


rule observed_maps:
    input:
        files=lambda wildcards: [
            str(path)
            for column, path in observed_galaxy(wildcards).files.items()
            if column != "cube"
        ],
        cube=rules.observed_cube.output.cube,
    output:
        maps="results/observed/{name}/maps.fits",
    log:
        "logs/observed_maps/{name}.log",
    benchmark:
        "benchmarks/observed_maps/{name}.tsv"
    wildcard_constraints:
        name=r"[^/]+",
    resources:
        mem_mb=memory(2000, of_input=12),
    params:
        galaxy=lambda wildcards: values(observed_galaxy(wildcards)),
        training=lambda wildcards: values(networks_definition().only(TrainingImages)),
        stars=SETTINGS.observed.stars,
    message:
        "Preparing the images of {wildcards.name}"
    script:
        "../scripts/observed_maps.py"
