# In: the user's table of galaxies and their FITS files. Out: their channels as the networks know them.

from umbra.observed.training_images import TrainingImages


rule observed_maps:
    input:
        files=lambda wildcards: [str(p) for p in observed_galaxy(wildcards).files.values()],
    output:
        maps="results/observed/{name}/maps.fits",
        cube="results/observed/{name}/cube.fits",
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
