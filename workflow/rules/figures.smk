# In: tables and images. Out: the paper's figures, each as PDF and PNG, and the gallery of them all.

from umbra.figures.catalogue import ERRORS_CAPTION, PROFILE_FIGURE, configured, profile_network

TRAINED = {
    "architectures": SETTINGS.networks.architectures,
    "channel_sets": SETTINGS.networks.channel_sets,
}
PLOTS = configured(**TRAINED)


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
    conda:
        "../../envs/umbra.yaml"
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
    conda:
        "../../envs/umbra.yaml"
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
    conda:
        "../../envs/umbra.yaml"
    params:
        snakefile=workflow.main_snakefile,
        # What shapes the graph, and nothing else.
        config={
            "simulation": options("simulation"),
            "networks": TRAINED,
        },
    message:
        "Drawing the pipeline"
    script:
        "../scripts/figure_pipeline.py"


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
    conda:
        "../../envs/umbra.yaml"
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
    conda:
        "../../envs/umbra.yaml"
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
    conda:
        "../../envs/umbra.yaml"
    params:
        architecture=SETTINGS.ensemble.architecture,
        channel_sets=SETTINGS.ensemble.channel_sets,
        wanted=SETTINGS.figures.ensemble_galaxies,
    message:
        "Drawing the bootstrap's intervals"
    script:
        "../scripts/figure_bootstrap.py"


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
    conda:
        "../../envs/umbra.yaml"
    params:
        network=[SETTINGS.sensitivity.architecture, SETTINGS.sensitivity.channels],
    message:
        "Drawing sensitivity maps"
    script:
        "../scripts/figure_sensitivity.py"


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
    conda:
        "../../envs/umbra.yaml"
    params:
        architecture=SETTINGS.ensemble.architecture,
    message:
        "Drawing the coverage of the intervals"
    script:
        "../scripts/figure_calibration.py"


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
    conda:
        "../../envs/umbra.yaml"
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
    conda:
        "../../envs/umbra.yaml"
    message:
        "Drawing the importance of channels"
    script:
        "../scripts/figure_importance.py"


rule figure_tully_fisher:
    input:
        table=rules.tully_fisher.output.table,
        bands=rules.tully_fisher.output.bands,
        summary=rules.tully_fisher.output.summary,
    output:
        pdf="results/plots/fig08_tully_fisher.pdf",
        png=report(
            "results/plots/fig08_tully_fisher.png",
            category="Figures",
            caption="../report/fig08_tully_fisher.rst",
        ),
    log:
        "logs/figure_tully_fisher.log",
    benchmark:
        "benchmarks/figure_tully_fisher.tsv"
    conda:
        "../../envs/umbra.yaml"
    params:
        network=[SETTINGS.tully_fisher.architecture, SETTINGS.tully_fisher.channels],
    message:
        "Drawing the Tully-Fisher relation"
    script:
        "../scripts/figure_tully_fisher.py"


rule figure_rotation_curves:
    input:
        profiles=rules.rotation_curves.output.profiles,
        galaxies=rules.rotation_curves.output.galaxies,
    output:
        pdf="results/plots/fig09_rotation_curves.pdf",
        png=report(
            "results/plots/fig09_rotation_curves.png",
            category="Figures",
            caption="../report/fig09_rotation_curves.rst",
        ),
    log:
        "logs/figure_rotation_curves.log",
    benchmark:
        "benchmarks/figure_rotation_curves.tsv"
    conda:
        "../../envs/umbra.yaml"
    params:
        network=[SETTINGS.rotation_curve.architecture, SETTINGS.rotation_curve.channels],
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
            category="Figures",
            caption="../report/fig23_rotation_curve_errors.rst",
        ),
    log:
        "logs/figure_rotation_curve_errors.log",
    benchmark:
        "benchmarks/figure_rotation_curve_errors.tsv"
    conda:
        "../../envs/umbra.yaml"
    params:
        network=[SETTINGS.rotation_curve.architecture, SETTINGS.rotation_curve.channels],
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
    conda:
        "../../envs/umbra.yaml"
    params:
        realisation=VIEW,
    message:
        "Drawing the posterior of galaxy {wildcards.galaxy}"
    script:
        "../scripts/figure_corner.py"


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
    conda:
        "../../envs/umbra.yaml"
    params:
        config=SETTINGS.model_dump(mode="json"),
        tables={
            "Galaxies that pass each cut": "cuts",
            "Rejected galaxies": "rejected",
            "Distance and orientation of every view": "observations",
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
