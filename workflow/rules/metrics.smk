# In: the predictions of every network and baseline. Out: their errors at each radius.

NETWORKS = [
    (architecture, channels)
    for architecture in SETTINGS.networks.architectures
    for channels in SETTINGS.networks.channel_sets
]
BASELINES = ["mean_profile", "ridge", "random_forest"]


rule metrics:
    input:
        networks=[
            f"results/networks/{architecture}/{channels}/predictions.csv"
            for architecture, channels in NETWORKS
        ],
        baselines=expand(rules.baseline.output.predictions, baseline=BASELINES),
    output:
        errors=report(
            "results/metrics/errors.csv", category="Errors", caption="../report/errors.rst"
        ),
    log:
        "logs/metrics.log",
    benchmark:
        "benchmarks/metrics.tsv"
    params:
        labels=NETWORKS + [(baseline, "catalogue") for baseline in BASELINES],
    message:
        "Measuring the errors on the test split"
    script:
        "../scripts/metrics.py"
