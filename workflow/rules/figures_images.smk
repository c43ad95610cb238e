# In: images and moment maps of example galaxies, and the workflow itself. Out: their figures.


rule figure_photometry:
    input:
        images=of_examples(rules.photometry.output.image),
    output:
        pdf="results/plots/fig01_photometry.pdf",
        png=report("results/plots/fig01_photometry.png", **figure_in_report("fig01_photometry")),
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
        png=report("results/plots/fig02_hi_moments.png", **figure_in_report("fig02_hi_moments")),
    log:
        "logs/figure_moments.log",
    benchmark:
        "benchmarks/figure_moments.tsv"
    localrule: True
    message:
        "Drawing moment maps"
    script:
        "../scripts/figure_moments.py"


# Keys of several sections: the other keys change no rule.
SHAPE_THE_GRAPH = {"architecture", "channels", "channel_sets", "importance_channel_sets"}
SHAPE_THE_GRAPH |= {"light", "realisation"}


rule figure_pipeline:
    input:
        # The graph is whole only once the galaxies are known.
        galaxies="results/sample/galaxies.csv",
    output:
        pdf="results/plots/fig03_pipeline.pdf",
        png=report("results/plots/fig03_pipeline.png", **figure_in_report("fig03_pipeline")),
    log:
        "logs/figure_pipeline.log",
    benchmark:
        "benchmarks/figure_pipeline.tsv"
    localrule: True
    params:
        snakefile=f"{workflow.basedir}/Snakefile",
        # What shapes the graph, with what that is checked against, and nothing else.
        config={
            "simulation": values(SETTINGS.simulation),
            "observation": {"realisations": SETTINGS.observation.realisations},
            "networks": {
                "architectures": SETTINGS.networks.architectures,
                # A set of the default that this run lacks is left out by null.
                "channel_sets": {
                    **dict.fromkeys(PAPER_CHANNEL_SETS),
                    **values(SETTINGS.networks)["channel_sets"],
                },
            },
            **{
                section: {
                    key: value
                    for key, value in values(getattr(SETTINGS, section)).items()
                    if key in SHAPE_THE_GRAPH
                }
                for section in ("ensemble", "sensitivity", "tully_fisher", "rotation_curve")
            },
        },
    message:
        "Drawing the pipeline"
    script:
        "../scripts/figure_pipeline.py"
