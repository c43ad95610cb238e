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


# A sample that is too large for one plan is made in parts (docs/cluster.md).
use rule rejected as sample_part with:
    input:
        photometry=of_part(rules.photometry.output.image),
        moments=of_part(rules.moments.output.maps),
        profiles=of_part(rules.profile.output.profile),
    output:
        table="results/parts/{part}_of_{parts}.csv",
    log:
        "logs/sample_part/{part}_of_{parts}.log",
    benchmark:
        "benchmarks/sample_part/{part}_of_{parts}.tsv"
    wildcard_constraints:
        part=r"[1-9]\d*",
        parts=r"[1-9]\d*",
    params:
        # Only the whole sample can have too many.
        max_fraction=1.0,
    message:
        "Listing the rejected galaxies of part {wildcards.part} of {wildcards.parts}"


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
