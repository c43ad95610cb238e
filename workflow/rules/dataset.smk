# In: images, moment maps and profiles of all galaxies. Out: which were rejected, and one dataset.


rule rejected:
    input:
        photometry=of_every_galaxy(rules.photometry.output.image),
        moments=of_every_galaxy(rules.moments.output.maps),
        profiles=of_every_galaxy(rules.profile.output.profile),
    output:
        table=report("results/rejected.csv", **table_in_report("rejected")),
    log:
        "logs/rejected.log",
    benchmark:
        "benchmarks/rejected.tsv"
    # The same galaxies would be too many again.
    retries: 0
    localrule: True
    params:
        max_fraction=SETTINGS.sample.max_rejected_fraction,
    message:
        "Listing the rejected galaxies"
    script:
        "../scripts/rejected.py"


rule dataset:
    input:
        photometry=of_every_galaxy(rules.photometry.output.image),
        moments=of_every_galaxy(rules.moments.output.maps),
        profiles=of_every_galaxy(rules.profile.output.profile),
        rejected=rules.rejected.output.table,
    output:
        dataset="results/dataset.hdf5",
    log:
        "logs/dataset.log",
    benchmark:
        "benchmarks/dataset.tsv"
    resources:
        mem_mb=memory(2000),
    params:
        seed=SETTINGS.seed,
        split=values(SETTINGS.dataset),
        realisations=SETTINGS.observation.realisations,
        pixels=SETTINGS.observation.pixels,
        distance_relative_error=SETTINGS.observation.distance_relative_error,
        config_digest=data_digest(SETTINGS),
        # No input, so that cutouts may be deleted when the images are made.
        cutouts="results/cutouts",
    message:
        "Stacking images and profiles"
    script:
        "../scripts/dataset.py"
