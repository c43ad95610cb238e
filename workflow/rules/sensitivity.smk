# In: trained networks and the dataset. Out: sensitivity maps, and the errors of the networks when
# channels are exchanged between galaxies.

from umbra.config.sensitivity import MapSettings

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
        half_radii=report("results/sensitivity/half_radii.csv", **table_in_report("half_radii")),
    log:
        "logs/sensitivity.log",
    benchmark:
        "benchmarks/sensitivity.tsv"
    threads: SETTINGS.networks.threads
    resources:
        mem_mb=memory(4000),
    params:
        architecture=EXAMINED,
        distance=SETTINGS.networks.distance_of(EXAMINED),
        channel_set=SETTINGS.sensitivity.channels,
        channels=CHANNEL_SETS[SETTINGS.sensitivity.channels],
        maps=values(SETTINGS.sensitivity.only(MapSettings)),
        field_of_view=SETTINGS.observation.field_of_view_arcmin,
        seed=SETTINGS.seed,
        threads=SETTINGS.networks.threads,
    message:
        "Mapping the sensitivity of the network to its images"
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
        architecture=EXAMINED,
        distance=SETTINGS.networks.distance_of(EXAMINED),
        channel_sets=channels_by_set(*EXCHANGED_SETS),
        permutations=SETTINGS.sensitivity.permutations,
        seed=SETTINGS.seed,
        threads=SETTINGS.networks.threads,
    message:
        "Exchanging channels between galaxies"
    script:
        "../scripts/importance.py"
