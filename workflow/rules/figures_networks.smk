# In: tables of errors, uncertainty and sensitivity. Out: their figures.


rule figure_errors:
    input:
        errors=rules.metrics.output.errors,
        paper=f"{workflow.basedir}/resources/paper_errors.csv",
    output:
        pdf="results/plots/{figure}.pdf",
        png=report(
            "results/plots/{figure}.png",
            category="Figures",
            caption=f"../report/{ERRORS_CAPTION}",
        ),
    log:
        "logs/figure_errors/{figure}.log",
    benchmark:
        "benchmarks/figure_errors/{figure}.tsv"
    wildcard_constraints:
        figure="|".join(name for name, entry in PLOTS.items() if entry.kind == "errors") or "none",
    localrule: True
    params:
        fixed=lambda wildcards: dict(PLOTS[wildcards.figure].fixed),
    message:
        "Drawing {wildcards.figure}"
    script:
        "../scripts/figure_errors.py"


rule figure_profiles:
    input:
        predictions="results/networks/{}/{}/predictions.csv".format(*profile_network(**TRAINED)),
    output:
        pdf=f"results/plots/{PROFILE_FIGURE}.pdf",
        png=report(
            f"results/plots/{PROFILE_FIGURE}.png",
            category="Figures",
            caption=f"../report/{PROFILE_FIGURE}.rst",
        ),
    log:
        "logs/figure_profiles.log",
    benchmark:
        "benchmarks/figure_profiles.tsv"
    localrule: True
    params:
        network=profile_network(**TRAINED),
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
        png=report(
            "results/plots/fig06_bootstrap.png",
            category="Figures",
            caption="../report/fig06_bootstrap.rst",
        ),
    log:
        "logs/figure_bootstrap.log",
    benchmark:
        "benchmarks/figure_bootstrap.tsv"
    localrule: True
    params:
        architecture=SETTINGS.ensemble.architecture,
        channel_sets=SETTINGS.ensemble.channel_sets,
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
        png=report(
            "results/plots/fig20_calibration.png",
            category="Figures",
            caption="../report/fig20_calibration.rst",
        ),
    log:
        "logs/figure_calibration.log",
    benchmark:
        "benchmarks/figure_calibration.tsv"
    localrule: True
    params:
        architecture=SETTINGS.ensemble.architecture,
    message:
        "Drawing the coverage of the intervals"
    script:
        "../scripts/figure_calibration.py"


rule figure_sensitivity:
    input:
        maps=rules.sensitivity.output.maps,
    output:
        pdf="results/plots/fig07_sensitivity.pdf",
        png=report(
            "results/plots/fig07_sensitivity.png",
            category="Figures",
            caption="../report/fig07_sensitivity.rst",
        ),
    log:
        "logs/figure_sensitivity.log",
    benchmark:
        "benchmarks/figure_sensitivity.tsv"
    localrule: True
    params:
        network=[SETTINGS.sensitivity.architecture, SETTINGS.sensitivity.channels],
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
            category="Figures",
            caption="../report/fig21_sensitivity_radius.rst",
        ),
    log:
        "logs/figure_sensitivity_radius.log",
    benchmark:
        "benchmarks/figure_sensitivity_radius.tsv"
    localrule: True
    params:
        network=[SETTINGS.sensitivity.architecture, SETTINGS.sensitivity.channels],
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
            category="Figures",
            caption="../report/fig22_channel_importance.rst",
        ),
    log:
        "logs/figure_importance.log",
    benchmark:
        "benchmarks/figure_importance.tsv"
    localrule: True
    message:
        "Drawing the importance of channels"
    script:
        "../scripts/figure_importance.py"
