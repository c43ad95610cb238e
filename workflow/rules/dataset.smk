# In: images, moment maps and profiles of all galaxies. Out: which were rejected, and one dataset.


# Beside its own work, it makes the jobs of some galaxies one submission to a cluster: there, what
# hangs together in a group is one (profiles/slurm).
rule rejected_part:
    input:
        photometry=of_part(rules.photometry.output.image),
        moments=of_part(rules.moments.output.maps),
        profiles=of_part(rules.profile.output.profile),
    output:
        table="results/rejected/{part}.csv",
    log:
        "logs/rejected_part/{part}.log",
    benchmark:
        "benchmarks/rejected_part/{part}.tsv"
    conda:
        "../../envs/umbra.yaml"
    resources:
        mem_mb=memory(1000),
    message:
        "Looking for rejected galaxies, part {wildcards.part}"
    script:
        "../scripts/rejected_part.py"


rule rejected:
    input:
        parts=parts_of_sample,
    output:
        table=report("results/rejected.csv", **table_in_report("rejected")),
    log:
        "logs/rejected.log",
    benchmark:
        "benchmarks/rejected.tsv"
    # The same galaxies would be too many again.
    retries: 0
    localrule: True
    conda:
        "../../envs/umbra.yaml"
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
    conda:
        "../../envs/umbra.yaml"
    resources:
        mem_mb=memory(2000),
    params:
        seed=SETTINGS.seed,
        split=options("dataset"),
        observation=options("observation", "realisations", "pixels"),
        config_digest=data_digest(),
    message:
        "Stacking images and profiles"
    script:
        "../scripts/dataset.py"
