# In: images, moment maps and profiles of all galaxies. Out: which were rejected, and one dataset.


# The job of a bundle does nothing. On a cluster it ties some galaxies together: Snakemake submits
# jobs of a group that hang together as one (profiles/slurm). Nothing that stays has a bundle among
# its inputs, so galaxies may be bundled otherwise in the next run without making anything again.
rule bundle:
    input:
        photometry=of_bundle(rules.photometry.output.image),
        moments=of_bundle(rules.moments.output.maps),
        profiles=of_bundle(rules.profile.output.profile),
    output:
        done=temp(touch("results/bundles/{bundle}")),
    log:
        "logs/bundle/{bundle}.log",
    message:
        "Galaxies of bundle {wildcards.bundle} are done"
    shell:
        "true"


rule bundles:
    input:
        bundles=all_bundles,
    output:
        done=temp(touch("results/bundles.done")),
    log:
        "logs/bundles.log",
    localrule: True
    message:
        "All bundles of galaxies are done"
    shell:
        "true"


rule rejected:
    input:
        photometry=of_every_galaxy(rules.photometry.output.image),
        moments=of_every_galaxy(rules.moments.output.maps),
        profiles=of_every_galaxy(rules.profile.output.profile),
        bundles=rules.bundles.output.done,
    output:
        table=report("results/rejected.csv", category="Sample", caption="../report/rejected.rst"),
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
        config_digest=data_digest(SETTINGS),
    message:
        "Stacking images and profiles"
    script:
        "../scripts/dataset.py"
