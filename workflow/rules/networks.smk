# In: the dataset. Out: a trained network for each architecture and channel set, and the baselines
# that no network should lose to; each with its predictions for the validation and test splits.

from umbra.evaluation.baselines import FITTED_BASELINES


wildcard_constraints:
    architecture="|".join(SETTINGS.networks.training),
    channels="|".join(SETTINGS.networks.channel_sets),


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
    # Last: only short jobs wait for a network, so trainings fill all cores up to the end, when the
    # longer chains of ensembles and rotation curves are through.
    priority: -1
    threads: SETTINGS.networks.threads
    resources:
        mem_mb=memory(3500, of_input=1.7),
    params:
        channels=channels_of,
        seed=SETTINGS.seed,
        # Another number of threads rounds sums differently, so a job uses the configured number and
        # not the one that --cores leaves it.
        threads=SETTINGS.networks.threads,
        training=training_of,
        distance=distance_of,
        percent=100,
    message:
        "Training {wildcards.architecture} on {wildcards.channels}"
    script:
        "../scripts/network.py"


# One job fits all, because the imports take longer than most of the fits.
rule baselines:
    input:
        dataset=rules.dataset.output.dataset,
    output:
        predictions=[
            f"results/baselines/{baseline}/{inputs}/predictions.csv"
            for baseline, inputs in FITTED_BASELINES
        ],
    log:
        "logs/baselines.log",
    benchmark:
        "benchmarks/baselines.tsv"
    params:
        baselines=FITTED_BASELINES,
        seed=SETTINGS.seed,
        percent=100,
    message:
        "Fitting the baselines"
    script:
        "../scripts/baselines.py"
