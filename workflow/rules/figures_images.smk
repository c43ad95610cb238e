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


rule figure_pipeline:
    input:
        # The graph is whole only once both checkpoints have chosen their galaxies.
        galaxies=rules.sample.output.galaxies,
        chosen=rules.rotation_curve_galaxies.output.galaxies,
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
            "sample": {"table": str(TABLE) if TABLE else None},
            "observation": {"realisations": SETTINGS.observation.realisations},
            "hi": {"keep_cubes": SETTINGS.hi.keep_cubes},
            "networks": {
                "architectures": SETTINGS.networks.architectures,
                # A set of the default that this run lacks is left out by null.
                "channel_sets": {**dict.fromkeys(PAPER_CHANNEL_SETS), **CHANNEL_SETS},
            },
            "ensemble": {
                "architecture": SETTINGS.ensemble.architecture,
                "channel_sets": SETTINGS.ensemble.channel_sets,
            },
            "sensitivity": {
                "architecture": SETTINGS.sensitivity.architecture,
                "channels": SETTINGS.sensitivity.channels,
                "importance_channel_sets": SETTINGS.sensitivity.importance_channel_sets,
            },
            "tully_fisher": {
                "architecture": SETTINGS.tully_fisher.architecture,
                "channels": SETTINGS.tully_fisher.channels,
            },
            "rotation_curve": {
                "architecture": SETTINGS.rotation_curve.architecture,
                "channels": SETTINGS.rotation_curve.channels,
                "light": SETTINGS.rotation_curve.light,
                "realisation": SETTINGS.rotation_curve.realisation,
            },
            "observed": values(SETTINGS.observed),
        },
    message:
        "Drawing the pipeline"
    script:
        "../scripts/figure_pipeline.py"
