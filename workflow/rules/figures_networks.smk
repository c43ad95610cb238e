# In: tables of errors, uncertainty and sensitivity. Out: their figures.


rule figure_errors:
    input:
        errors=rules.metrics.output.errors,
        paper=f"{workflow.basedir}/resources/paper_errors.csv",
    output:
        pdf="results/plots/{figure}.pdf",
        png=report("results/plots/{figure}.png", **ERRORS_IN_REPORT),
    log:
        "logs/figure_errors/{figure}.log",
    benchmark:
        "benchmarks/figure_errors/{figure}.tsv"
    wildcard_constraints:
        figure="|".join(ERRORS_FIGURES),
    localrule: True
    params:
        fixed=lambda wildcards: dict(PLOTS[wildcards.figure].fixed),
        channel_sets=CHANNEL_SETS,
        label=lambda wildcards: PLOTS[wildcards.figure].label,
    message:
        "Drawing {wildcards.figure}"
    script:
        "../scripts/figure_errors.py"


PROFILE_ARCHITECTURE, PROFILE_SET = profile_network(**TRAINED)


rule figure_profiles:
    input:
        predictions=f"results/networks/{PROFILE_ARCHITECTURE}/{PROFILE_SET}/predictions.csv",
    output:
        pdf=f"results/plots/{PROFILE_FIGURE}.pdf",
        png=report(f"results/plots/{PROFILE_FIGURE}.png", **figure_in_report(PROFILE_FIGURE)),
    log:
        "logs/figure_profiles.log",
    benchmark:
        "benchmarks/figure_profiles.tsv"
    localrule: True
    params:
        architecture=PROFILE_ARCHITECTURE,
        channel_set=PROFILE_SET,
        channels=CHANNEL_SETS[PROFILE_SET],
        wanted=SETTINGS.figures.profile_galaxies,
    message:
        "Drawing predicted profiles"
    script:
        "../scripts/figure_profiles.py"


rule figure_bootstrap:
    input:
        intervals=expand(
            rules.predictive.output.intervals,
            architecture=SETTINGS.ensemble.architecture,
            channels=SETTINGS.ensemble.channel_sets,
        ),
    output:
        pdf="results/plots/fig06_bootstrap.pdf",
        png=report("results/plots/fig06_bootstrap.png", **figure_in_report("fig06_bootstrap")),
    log:
        "logs/figure_bootstrap.log",
    benchmark:
        "benchmarks/figure_bootstrap.tsv"
    localrule: True
    params:
        architecture=SETTINGS.ensemble.architecture,
        shown=SETTINGS.ensemble.channel_sets,
        # All of them, for the colour of a set depends on those before it.
        channel_sets=CHANNEL_SETS,
        wanted=SETTINGS.figures.ensemble_galaxies,
    message:
        "Drawing the bootstrap's intervals"
    script:
        "../scripts/figure_bootstrap.py"


rule figure_calibration:
    input:
        coverage=rules.uncertainty.output.coverage,
        widths=rules.uncertainty.output.widths,
        joint=rules.uncertainty.output.joint,
    output:
        pdf="results/plots/fig20_calibration.pdf",
        png=report("results/plots/fig20_calibration.png", **figure_in_report("fig20_calibration")),
    log:
        "logs/figure_calibration.log",
    benchmark:
        "benchmarks/figure_calibration.tsv"
    localrule: True
    params:
        architecture=SETTINGS.ensemble.architecture,
        channel_sets=channels_by_set(*SETTINGS.ensemble.channel_sets),
    message:
        "Drawing the coverage of the intervals"
    script:
        "../scripts/figure_calibration.py"


rule figure_sensitivity:
    input:
        maps=rules.sensitivity.output.maps,
    output:
        pdf="results/plots/fig07_sensitivity.pdf",
        png=report("results/plots/fig07_sensitivity.png", **figure_in_report("fig07_sensitivity")),
    log:
        "logs/figure_sensitivity.log",
    benchmark:
        "benchmarks/figure_sensitivity.tsv"
    localrule: True
    params:
        architecture=SETTINGS.sensitivity.architecture,
        channel_set=SETTINGS.sensitivity.channels,
        channels=CHANNEL_SETS[SETTINGS.sensitivity.channels],
    message:
        "Drawing sensitivity maps"
    script:
        "../scripts/figure_sensitivity.py"


rule figure_sensitivity_radius:
    input:
        table=rules.sensitivity.output.table,
        half_radii=rules.sensitivity.output.half_radii,
    output:
        pdf="results/plots/fig21_sensitivity_radius.pdf",
        png=report(
            "results/plots/fig21_sensitivity_radius.png",
            **figure_in_report("fig21_sensitivity_radius"),
        ),
    log:
        "logs/figure_sensitivity_radius.log",
    benchmark:
        "benchmarks/figure_sensitivity_radius.tsv"
    localrule: True
    params:
        architecture=SETTINGS.sensitivity.architecture,
        channel_set=SETTINGS.sensitivity.channels,
        channels=CHANNEL_SETS[SETTINGS.sensitivity.channels],
    message:
        "Drawing the reach of the sensitivity"
    script:
        "../scripts/figure_sensitivity_radius.py"


rule figure_importance:
    input:
        importance=rules.importance.output.table,
    output:
        pdf="results/plots/fig22_channel_importance.pdf",
        png=report(
            "results/plots/fig22_channel_importance.png",
            **figure_in_report("fig22_channel_importance"),
        ),
    log:
        "logs/figure_importance.log",
    benchmark:
        "benchmarks/figure_importance.tsv"
    localrule: True
    params:
        channel_sets=channels_by_set(*SETTINGS.sensitivity.importance_channel_sets),
    message:
        "Drawing the importance of channels"
    script:
        "../scripts/figure_importance.py"
