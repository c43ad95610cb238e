# In: all figures, each as PDF and PNG, and tables. Out: the gallery of them all.


rule figures:
    input:
        pdf=expand("results/plots/{figure}.pdf", figure=PLOTS),
        png=expand("results/plots/{figure}.png", figure=PLOTS),
        captions=[
            f"{workflow.basedir}/workflow/report/{name}"
            for name in sorted({name for entry in PLOTS.values() for name in entry.captions})
        ],
        cuts="results/sample/cuts.csv",
        observations=rules.observations.output.table,
        rejected=rules.rejected.output.table,
        errors=rules.metrics.output.errors,
        methods=rules.uncertainty.output.methods,
        half_radii=rules.sensitivity.output.half_radii,
        tully_fisher=rules.tully_fisher.output.summary,
        rotation_curves=rules.rotation_curves.output.galaxies,
        idealised=rules.idealised_curves.output.table,
        corners=of_rotation_curves(rules.figure_corner.output.png),
    output:
        gallery=directory("results/figures"),
    log:
        "logs/figures.log",
    benchmark:
        "benchmarks/figures.tsv"
    localrule: True
    params:
        config=SETTINGS.model_dump(mode="json"),
        tables={
            "Galaxies that pass each cut": "cuts",
            "Rejected galaxies": "rejected",
            "Distance and orientation of every realisation": "observations",
            "Errors on the test split": "errors",
            "Statements of uncertainty compared": "methods",
            "Where half of the sensitivity falls": "half_radii",
            "Tully-Fisher and network compared": "tully_fisher",
            "Rotation curves": "rotation_curves",
            "Idealised rotation curves": "idealised",
        },
    message:
        "Assembling the gallery"
    script:
        "../scripts/figures.py"
