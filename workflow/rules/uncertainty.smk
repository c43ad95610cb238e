# In: ensembles. Out: predictive distributions of the test images, calibrated on the validation split,
# and tests of them.

ENSEMBLE_SETS = SETTINGS.ensemble.channel_sets


rule predictive:
    input:
        bootstrap=expand(rules.ensemble.output.predictions, kind="bootstrap", allow_missing=True),
        gaussian=expand(rules.ensemble.output.predictions, kind="gaussian", allow_missing=True),
    output:
        intervals="results/uncertainty/{architecture}/{channels}/intervals.csv",
        samples="results/uncertainty/{architecture}/{channels}/samples.hdf5",
    log:
        "logs/predictive/{architecture}_{channels}.log",
    benchmark:
        "benchmarks/predictive/{architecture}_{channels}.tsv"
    resources:
        mem_mb=memory(4000),
    params:
        samples=SETTINGS.ensemble.samples,
        seed=SETTINGS.seed,
    message:
        "Calibrating the predictions of {wildcards.architecture} on {wildcards.channels}"
    script:
        "../scripts/predictive.py"


rule uncertainty:
    input:
        samples=expand(
            rules.predictive.output.samples,
            architecture=SETTINGS.ensemble.architecture,
            channels=ENSEMBLE_SETS,
        ),
    output:
        coverage="results/uncertainty/coverage.csv",
        widths="results/uncertainty/widths.csv",
        joint="results/uncertainty/joint.csv",
        methods=report("results/uncertainty/methods.csv", **table_in_report("methods")),
    log:
        "logs/uncertainty.log",
    benchmark:
        "benchmarks/uncertainty.tsv"
    resources:
        mem_mb=memory(4000),
    params:
        channel_sets=ENSEMBLE_SETS,
    message:
        "Measuring how often the intervals contain the truth"
    script:
        "../scripts/uncertainty.py"


# Line widths come later in the pipeline: they are named as a file.
rule coverage_thirds:
    input:
        samples=rules.uncertainty.input.samples,
        observations=rules.observations.output.table,
        line_widths="results/classical/line_widths.csv",
    output:
        table=report("results/uncertainty/thirds.csv", **table_in_report("thirds")),
    log:
        "logs/coverage_thirds.log",
    benchmark:
        "benchmarks/coverage_thirds.tsv"
    resources:
        mem_mb=memory(4000),
    params:
        channel_sets=ENSEMBLE_SETS,
    message:
        "Measuring how often the intervals contain the truth of near, far, face-on and edge-on galaxies"
    script:
        "../scripts/coverage_thirds.py"
