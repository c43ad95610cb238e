# In: a network's predictions and the true profiles. Out: rotation velocities by the network and by the
# Tully-Fisher relation.


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
            "results/classical/tully_fisher_summary.csv",
            category="Classical methods",
            caption="../report/tully_fisher_summary.rst",
        ),
    log:
        "logs/tully_fisher.log",
    benchmark:
        "benchmarks/tully_fisher.tsv"
    message:
        "Comparing with the Tully-Fisher relation"
    script:
        "../scripts/tully_fisher.py"
