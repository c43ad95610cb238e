# In: the dataset, and the networks and baselines of the whole training split. Out: the same trained on
# shares of the training galaxies, and how their errors fall. A target of its own:
# results/learning_curve/learning_curve.png

LEARNT_SETS = SETTINGS.learning_curve.channel_sets
LEARNERS = [
    (architecture, channels)
    for architecture in SETTINGS.learning_curve.architectures
    for channels in LEARNT_SETS
]
PERCENTS = SETTINGS.learning_curve.percents
SHARE = "results/learning_curve/{percent}"


wildcard_constraints:
    percent=r"[1-9]\d?",


use rule network as learning_curve_network with:
    output:
        model=f"{SHARE}/{{architecture}}/{{channels}}/model.keras",
        history=f"{SHARE}/{{architecture}}/{{channels}}/history.csv",
        predictions=f"{SHARE}/{{architecture}}/{{channels}}/predictions.csv",
    log:
        "logs/learning_curve_network/{percent}_{architecture}_{channels}.log",
    benchmark:
        "benchmarks/learning_curve_network/{percent}_{architecture}_{channels}.tsv"
    params:
        percent=lambda wildcards: int(wildcards.percent),
    message:
        "Training {wildcards.architecture} on {wildcards.channels} of {wildcards.percent} % of the galaxies"


use rule baselines as learning_curve_baselines with:
    output:
        predictions=[
            f"{SHARE}/{baseline}/{inputs}/predictions.csv" for baseline, inputs in FITTED_BASELINES
        ],
    log:
        "logs/learning_curve_baselines/{percent}.log",
    benchmark:
        "benchmarks/learning_curve_baselines/{percent}.tsv"
    params:
        percent=lambda wildcards: int(wildcards.percent),
    message:
        "Fitting the baselines to {wildcards.percent} % of the galaxies"


rule learning_curve:
    input:
        dataset=rules.dataset.output.dataset,
        predictions=[
            f"results/learning_curve/{percent}/{name}/{channels}/predictions.csv"
            for percent in PERCENTS
            for name, channels in LEARNERS + FITTED_BASELINES
        ],
        networks=[
            f"results/networks/{name}/{channels}/predictions.csv" for name, channels in LEARNERS
        ],
        baselines=rules.baselines.output.predictions,
    output:
        table="results/learning_curve/learning_curve.csv",
    log:
        "logs/learning_curve.log",
    benchmark:
        "benchmarks/learning_curve.tsv"
    params:
        labels=[
            (percent, name, channels)
            for percent in PERCENTS + [100]
            for name, channels in LEARNERS + FITTED_BASELINES
        ],
        seed=SETTINGS.seed,
    message:
        "Measuring errors against the number of training galaxies"
    script:
        "../scripts/learning_curve.py"


rule figure_learning_curve:
    input:
        table=rules.learning_curve.output.table,
    output:
        pdf="results/learning_curve/learning_curve.pdf",
        png="results/learning_curve/learning_curve.png",
    log:
        "logs/figure_learning_curve.log",
    benchmark:
        "benchmarks/figure_learning_curve.tsv"
    localrule: True
    params:
        channel_sets={name: CHANNEL_SETS[name] for name in LEARNT_SETS},
    message:
        "Drawing the learning curve"
    script:
        "../scripts/figure_learning_curve.py"
