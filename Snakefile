# umbra: from a simulated universe to the dark-matter profiles of its galaxies.
# The order below is that of the paper; each file is one stage.


configfile: f"{workflow.basedir}/config/config.yaml"


include: "workflow/rules/internals.smk"
include: "workflow/rules/common.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/universe.smk"
include: "workflow/rules/api.smk"
include: "workflow/rules/sample.smk"
include: "workflow/rules/cutouts.smk"
include: "workflow/rules/ski.smk"
include: "workflow/rules/radiative_transfer.smk"
include: "workflow/rules/photometry.smk"
include: "workflow/rules/hi.smk"
include: "workflow/rules/profiles.smk"
include: "workflow/rules/dataset.smk"
include: "workflow/rules/networks.smk"
include: "workflow/rules/ensembles.smk"
include: "workflow/rules/uncertainty.smk"
include: "workflow/rules/sensitivity.smk"
include: "workflow/rules/tully_fisher.smk"
include: "workflow/rules/rotation_curves.smk"
include: "workflow/rules/metrics.smk"
include: "workflow/rules/learning_curve.smk"
include: "workflow/rules/population.smk"
include: "workflow/rules/observed.smk"
include: "workflow/rules/observed_networks.smk"
include: "workflow/rules/observed_pages.smk"
include: "workflow/rules/figures_images.smk"
include: "workflow/rules/figures_networks.smk"
include: "workflow/rules/figures_classical.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/performance.smk"
include: "workflow/rules/checks.smk"


run_scripts_in_forks()

# An edited formula makes again what depends on it (docs/architecture.md). What the jobs of a submission
# depend on is recorded by the Snakemake that submits them.
if not is_submission():
    give_rules_their_code(ALSO_REACHED)
    # Plans of thousands of galaxies (docs/performance.md, docs/cluster.md).
    check_each_group_once()
    leave_out_rules_not_allowed("galaxy")


rule all:
    default_target: True
    input:
        rules.figures.output,


# For a machine that has the particles, when the rest is done elsewhere (docs/tng.md).
rule cutouts:
    input:
        of_every_galaxy(rules.cutout.output.cutout),


# The user's galaxies. Their folder is no output: other rules write into it.
rule:
    name:
        "results/observed"
    input:
        rules.observed_index.output.index,
