# In: the dataset. Out: trained networks, one an architecture and channel set, and the baselines that
# no network should lose to; each with its predictions for the validation and test splits.


# Every section may ask for a network that the others do not.
ARCHITECTURES = {
    *SETTINGS.networks.architectures,
    SETTINGS.ensemble.architecture,
    SETTINGS.sensitivity.architecture,
    SETTINGS.tully_fisher.architecture,
    SETTINGS.rotation_curve.architecture,
}
CHANNEL_SETS = {
    *SETTINGS.networks.channel_sets,
    *SETTINGS.ensemble.channel_sets,
    SETTINGS.sensitivity.channels,
    *SETTINGS.sensitivity.importance_channel_sets,
    SETTINGS.tully_fisher.channels,
    SETTINGS.rotation_curve.channels,
}


wildcard_constraints:
    architecture="|".join(sorted(ARCHITECTURES)),
    channels="|".join(sorted(CHANNEL_SETS)),
    baseline="mean_profile|ridge|random_forest",


rule network:
    input:
        dataset=rules.dataset.output.dataset,
    output:
        model="results/networks/{architecture}/{channels}/model.keras",
        history="results/networks/{architecture}/{channels}/history.csv",
        predictions="results/networks/{architecture}/{channels}/predictions.csv",
    log:
        "logs/network/{architecture}_{channels}.log",
    benchmark:
        "benchmarks/network/{architecture}_{channels}.tsv"
    threads: SETTINGS.networks.threads
    resources:
        mem_mb=memory(3500, of_input=1.7),
    params:
        seed=SETTINGS.seed,
        # Not what --cores may leave of them: with other threads, sums round differently.
        threads=SETTINGS.networks.threads,
        training=training_of,
    message:
        "Training {wildcards.architecture} on {wildcards.channels}"
    script:
        "../scripts/network.py"


rule baseline:
    input:
        dataset=rules.dataset.output.dataset,
    output:
        predictions="results/baselines/{baseline}/predictions.csv",
    log:
        "logs/baseline/{baseline}.log",
    benchmark:
        "benchmarks/baseline/{baseline}.tsv"
    params:
        seed=SETTINGS.seed,
    message:
        "Fitting the baseline {wildcards.baseline}"
    script:
        "../scripts/baseline.py"
