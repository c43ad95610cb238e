# In: the Gaussian ensembles, and the user's galaxies as the networks know them. Out: saved networks,
# and what they predict for these galaxies.


rule saved_networks:
    input:
        dataset=rules.dataset.output.dataset,
        predictions=expand(
            rules.ensemble.output.predictions,
            kind="gaussian",
            architecture=SETTINGS.ensemble.architecture,
            channels=SETTINGS.ensemble.channel_sets,
        ),
        parts=gaussian_parts,
    output:
        folder=directory("results/saved_networks"),
    log:
        "logs/saved_networks.log",
    benchmark:
        "benchmarks/saved_networks.tsv"
    threads: SETTINGS.networks.threads
    resources:
        mem_mb=memory(3500, of_input=2.4),
    params:
        definition=values(definition_of_run(SETTINGS)),
        training=values(SETTINGS.networks.training[SETTINGS.ensemble.architecture]),
        threads=SETTINGS.networks.threads,
    message:
        "Saving the networks of the Gaussian ensembles"
    script:
        "../scripts/saved_networks.py"


rule observed_predictions:
    input:
        maps=lambda wildcards: expand(rules.observed_maps.output.maps, name=observed_galaxies()),
        networks=SETTINGS.observed.networks or rules.saved_networks.output.folder,
    output:
        predictions="results/observed/predictions.hdf5",
        belonging="results/observed/belonging.csv",
    log:
        "logs/observed_predictions.log",
    benchmark:
        "benchmarks/observed_predictions.tsv"
    threads: SETTINGS.networks.threads
    resources:
        mem_mb=memory(4000),
    params:
        names=lambda wildcards: list(observed_galaxies()),
        threads=SETTINGS.networks.threads,
    message:
        "Predicting the dark matter of the observed galaxies"
    script:
        "../scripts/observed_predictions.py"


rule observed_profile:
    input:
        predictions=rules.observed_predictions.output.predictions,
    output:
        profile="results/observed/{name}/profile.csv",
        samples="results/observed/{name}/samples.hdf5",
    log:
        "logs/observed_profile/{name}.log",
    benchmark:
        "benchmarks/observed_profile/{name}.tsv"
    wildcard_constraints:
        name=r"[^/]+",
    message:
        "Writing the dark-matter profile of {wildcards.name}"
    script:
        "../scripts/observed_profile.py"
