# In: the dataset. Out: trained networks, one an architecture and channel set, and the baselines that
# no network should lose to; each with its predictions for the validation and test splits.


wildcard_constraints:
    architecture="|".join(SETTINGS.networks.architectures),
    channels="|".join(SETTINGS.networks.channel_sets),
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
    conda:
        "../../envs/umbra.yaml"
    threads: SETTINGS.networks.threads
    resources:
        mem_mb=6000,
    params:
        seed=SETTINGS.seed,
        # Not what --cores may leave of them: with other threads, sums round differently.
        threads=SETTINGS.networks.threads,
        training=lambda wildcards: options("networks", "training")["training"][
            wildcards.architecture
        ],
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
    conda:
        "../../envs/umbra.yaml"
    params:
        seed=SETTINGS.seed,
    message:
        "Fitting the baseline {wildcards.baseline}"
    script:
        "../scripts/baseline.py"
