# In: all figures, each as PDF and PNG, pages of observed galaxies, and tables. Out: the gallery of them all.


rule figures:
    input:
        pdf=expand("results/plots/{figure}.pdf", figure=PLOTS),
        png=expand("results/plots/{figure}.png", figure=PLOTS),
        captions=[
            f"{workflow.basedir}/workflow/report/{name}"
            for name in sorted(
                {
                    OBSERVED_CAPTION,
                    *(entry.caption for entry in [*PLOTS.values(), *SHOWN_TABLES.values()]),
                }
            )
        ],
        # PDF files are beside them.
        pages=of_observed(rules.observed_page.output.png),
        cuts=rules.sample.output.cuts,
        galaxies=rules.sample.output.galaxies,
        observations=rules.observations.output.table,
        rejected=rules.rejected.output.table,
        errors=rules.metrics.output.errors,
        differences=rules.metrics.output.differences,
        methods=rules.uncertainty.output.methods,
        thirds=rules.coverage_thirds.output.table,
        half_radii=rules.sensitivity.output.half_radii,
        tully_fisher_summary=rules.tully_fisher.output.summary,
        line_widths_summary=rules.line_widths.output.summary,
        rotation_curve_galaxies=rules.rotation_curves.output.galaxies,
        idealised_curves=rules.idealised_curves.output.table,
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
        trained=TRAINED,
        # Members of ensembles are in the report alone: there is a table an ensemble.
        tables=[name for name in SHOWN_TABLES if name != "members"],
    message:
        "Assembling the gallery"
    script:
        "../scripts/figures.py"
