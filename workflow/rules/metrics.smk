# In: the predictions of every network and baseline. Out: their errors at each radius, and how they
# compare with some references.

NETWORKS = [
    (architecture, channels)
    for architecture in SETTINGS.networks.architectures
    for channels in SETTINGS.networks.channel_sets
]
# With what all others are compared.
REFERENCES = [
    ("mean_profile", "catalogue"),
    ("ridge", "catalogue"),
    ("ridge", "catalogue_distance"),
]


rule metrics:
    input:
        networks=[
            f"results/networks/{architecture}/{channels}/predictions.csv"
            for architecture, channels in NETWORKS
        ],
        baselines=rules.baselines.output.predictions,
    output:
        errors=report("results/metrics/errors.csv", **table_in_report("errors")),
        differences=report("results/metrics/differences.csv", **table_in_report("differences")),
    log:
        "logs/metrics.log",
    benchmark:
        "benchmarks/metrics.tsv"
    params:
        labels=NETWORKS + FITTED_BASELINES,
        references=REFERENCES,
        seed=SETTINGS.seed,
    message:
        "Measuring the errors on the test split"
    script:
        "../scripts/metrics.py"
