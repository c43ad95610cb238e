# In: a network's predictions and the true profiles; moment maps. Out: rotation velocities by the network
# and by the Tully-Fisher relation; those of the HI lines, beside baryonic masses.


rule tully_fisher:
    input:
        predictions=expand(
            rules.network.output.predictions,
            architecture=SETTINGS.tully_fisher.architecture,
            channels=SETTINGS.tully_fisher.channels,
        ),
        intervals=intervals_of(SETTINGS.tully_fisher),
        galaxies="results/sample/galaxies.csv",
        profiles=of_every_galaxy(rules.profile.output.profile),
    output:
        table="results/classical/tully_fisher.csv",
        bands="results/classical/tully_fisher_bands.csv",
        summary=report(
            "results/classical/tully_fisher_summary.csv", **table_in_report("tully_fisher_summary")
        ),
    log:
        "logs/tully_fisher.log",
    benchmark:
        "benchmarks/tully_fisher.tsv"
    localrule: True
    message:
        "Comparing with the Tully-Fisher relation"
    script:
        "../scripts/tully_fisher.py"


rule line_widths:
    input:
        moments=of_every_galaxy(rules.moments.output.maps),
        galaxies="results/sample/galaxies.csv",
    output:
        table="results/classical/line_widths.csv",
        relation="results/classical/line_widths_relation.csv",
        summary=report(
            "results/classical/line_widths_summary.csv", **table_in_report("line_widths_summary")
        ),
    log:
        "logs/line_widths.log",
    benchmark:
        "benchmarks/line_widths.tsv"
    localrule: True
    message:
        "Comparing line widths with the baryonic Tully-Fisher relation"
    script:
        "../scripts/line_widths.py"
