# In: what the classical methods gave. Out: their figures.


rule figure_tully_fisher:
    input:
        table=rules.tully_fisher.output.table,
        bands=rules.tully_fisher.output.bands,
        summary=rules.tully_fisher.output.summary,
    output:
        pdf="results/plots/fig08_tully_fisher.pdf",
        png=report("results/plots/fig08_tully_fisher.png", **figure_in_report("fig08_tully_fisher")),
    log:
        "logs/figure_tully_fisher.log",
    benchmark:
        "benchmarks/figure_tully_fisher.tsv"
    localrule: True
    params:
        architecture=SETTINGS.tully_fisher.architecture,
        channel_set=SETTINGS.tully_fisher.channels,
        channels=CHANNEL_SETS[SETTINGS.tully_fisher.channels],
    message:
        "Drawing the Tully-Fisher relation"
    script:
        "../scripts/figure_tully_fisher.py"


rule figure_baryonic_tully_fisher:
    input:
        table=rules.line_widths.output.table,
        relation=rules.line_widths.output.relation,
        summary=rules.line_widths.output.summary,
    output:
        pdf="results/plots/fig24_baryonic_tully_fisher.pdf",
        png=report(
            "results/plots/fig24_baryonic_tully_fisher.png",
            **figure_in_report("fig24_baryonic_tully_fisher"),
        ),
    log:
        "logs/figure_baryonic_tully_fisher.log",
    benchmark:
        "benchmarks/figure_baryonic_tully_fisher.tsv"
    localrule: True
    message:
        "Drawing the baryonic Tully-Fisher relation"
    script:
        "../scripts/figure_baryonic_tully_fisher.py"


rule figure_rotation_curves:
    input:
        profiles=rules.rotation_curves.output.profiles,
        galaxies=rules.rotation_curves.output.galaxies,
    output:
        pdf="results/plots/fig09_rotation_curves.pdf",
        png=report(
            "results/plots/fig09_rotation_curves.png", **figure_in_report("fig09_rotation_curves")
        ),
    log:
        "logs/figure_rotation_curves.log",
    benchmark:
        "benchmarks/figure_rotation_curves.tsv"
    localrule: True
    params:
        architecture=SETTINGS.rotation_curve.architecture,
        channel_set=SETTINGS.rotation_curve.channels,
        channels=CHANNEL_SETS[SETTINGS.rotation_curve.channels],
    message:
        "Drawing profiles from rotation curves"
    script:
        "../scripts/figure_rotation_curves.py"


rule figure_rotation_curve_errors:
    input:
        errors=rules.rotation_curves.output.errors,
        galaxies=rules.rotation_curves.output.galaxies,
    output:
        pdf="results/plots/fig23_rotation_curve_errors.pdf",
        png=report(
            "results/plots/fig23_rotation_curve_errors.png",
            **figure_in_report("fig23_rotation_curve_errors"),
        ),
    log:
        "logs/figure_rotation_curve_errors.log",
    benchmark:
        "benchmarks/figure_rotation_curve_errors.tsv"
    localrule: True
    params:
        architecture=SETTINGS.rotation_curve.architecture,
        channel_set=SETTINGS.rotation_curve.channels,
        channels=CHANNEL_SETS[SETTINGS.rotation_curve.channels],
    message:
        "Drawing the errors of rotation curves"
    script:
        "../scripts/figure_rotation_curve_errors.py"


rule figure_corner:
    input:
        posterior=rules.mass_model.output.posterior,
    output:
        pdf="results/classical/rotation_curves/{galaxy}/corner.pdf",
        png="results/classical/rotation_curves/{galaxy}/corner.png",
    log:
        "logs/figure_corner/{galaxy}.log",
    benchmark:
        "benchmarks/figure_corner/{galaxy}.tsv"
    localrule: True
    params:
        realisation=FITTED_REALISATION,
    message:
        "Drawing the posterior of galaxy {wildcards.galaxy}"
    script:
        "../scripts/figure_corner.py"
