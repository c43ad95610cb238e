# In: images and moment maps of example galaxies, and the workflow itself. Out: their figures.


rule figure_photometry:
    input:
        images=of_examples(rules.photometry.output.image),
    output:
        pdf="results/plots/fig01_photometry.pdf",
        png=report(
            "results/plots/fig01_photometry.png",
            category="Figures",
            caption="../report/fig01_photometry.rst",
        ),
    log:
        "logs/figure_photometry.log",
    benchmark:
        "benchmarks/figure_photometry.tsv"
    localrule: True
    message:
        "Drawing SDSS images"
    script:
        "../scripts/figure_photometry.py"


rule figure_moments:
    input:
        maps=of_examples(rules.moments.output.maps),
    output:
        pdf="results/plots/fig02_hi_moments.pdf",
        png=report(
            "results/plots/fig02_hi_moments.png",
            category="Figures",
            caption="../report/fig02_hi_moments.rst",
        ),
    log:
        "logs/figure_moments.log",
    benchmark:
        "benchmarks/figure_moments.tsv"
    localrule: True
    message:
        "Drawing moment maps"
    script:
        "../scripts/figure_moments.py"


rule figure_pipeline:
    input:
        # The graph is whole only once the galaxies are known.
        galaxies="results/sample/galaxies.csv",
    output:
        pdf="results/plots/fig03_pipeline.pdf",
        png=report(
            "results/plots/fig03_pipeline.png",
            category="Figures",
            caption="../report/fig03_pipeline.rst",
        ),
    log:
        "logs/figure_pipeline.log",
    benchmark:
        "benchmarks/figure_pipeline.tsv"
    localrule: True
    params:
        snakefile=f"{workflow.basedir}/Snakefile",
        # What shapes the graph, and nothing else.
        config={
            "simulation": options("simulation"),
            "networks": {
                "architectures": SETTINGS.networks.architectures,
                "channel_sets": {
                    **dict.fromkeys(PAPER_CHANNEL_SETS),
                    **options("networks", "channel_sets")["channel_sets"],
                },
            },
            **{
                section: options(section)
                for section in ("ensemble", "sensitivity", "tully_fisher", "rotation_curve")
            },
        },
    message:
        "Drawing the pipeline"
    script:
        "../scripts/figure_pipeline.py"
