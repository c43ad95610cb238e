# In: trained networks and the dataset. Out: what the networks look at: sensitivity maps, and the
# errors when channels are exchanged between galaxies.

EXAMINED = SETTINGS.sensitivity.architecture
EXCHANGED_SETS = SETTINGS.sensitivity.importance_channel_sets


rule sensitivity:
    input:
        model=expand(
            rules.network.output.model,
            architecture=EXAMINED,
            channels=SETTINGS.sensitivity.channels,
        ),
        dataset=rules.dataset.output.dataset,
    output:
        maps="results/sensitivity/maps.hdf5",
        table="results/sensitivity/radii.csv",
        half_radii=report(
            "results/sensitivity/half_radii.csv",
            category="Sensitivity",
            caption="../report/half_radii.rst",
        ),
    log:
        "logs/sensitivity.log",
    benchmark:
        "benchmarks/sensitivity.tsv"
    threads: SETTINGS.networks.threads
    resources:
        mem_mb=memory(4000),
    params:
        network=[EXAMINED, SETTINGS.sensitivity.channels],
        settings=options("sensitivity", "radii_kpc", "samples", "noise", "galaxies"),
        field_of_view=SETTINGS.observation.field_of_view_arcmin,
        seed=SETTINGS.seed,
        threads=SETTINGS.networks.threads,
    message:
        "Mapping what the network looks at"
    script:
        "../scripts/sensitivity.py"


rule importance:
    input:
        models=expand(
            rules.network.output.model,
            architecture=EXAMINED,
            channels=EXCHANGED_SETS,
        ),
        dataset=rules.dataset.output.dataset,
    output:
        table="results/sensitivity/importance.csv",
    log:
        "logs/importance.log",
    benchmark:
        "benchmarks/importance.tsv"
    threads: SETTINGS.networks.threads
    resources:
        mem_mb=memory(4000),
    params:
        networks=[(EXAMINED, channels) for channels in EXCHANGED_SETS],
        permutations=SETTINGS.sensitivity.permutations,
        seed=SETTINGS.seed,
        threads=SETTINGS.networks.threads,
    message:
        "Exchanging channels between galaxies"
    script:
        "../scripts/importance.py"
