# In: the dataset. Out: ensembles of networks, with the predictions of each member for the validation
# and test splits.


wildcard_constraints:
    kind="|".join(MEMBERS),


rule ensemble_part:
    input:
        dataset=rules.dataset.output.dataset,
    output:
        part="results/ensemble/{kind}/{architecture}/{channels}/parts/{part}.hdf5",
    log:
        "logs/ensemble_part/{kind}_{architecture}_{channels}_{part}.log",
    benchmark:
        "benchmarks/ensemble_part/{kind}_{architecture}_{channels}_{part}.tsv"
    threads: SETTINGS.networks.threads
    resources:
        mem_mb=memory(3500, of_input=2.4),
    params:
        channels=channels_of,
        members=members_of_part,
        seed=SETTINGS.seed,
        threads=SETTINGS.networks.threads,
        training=training_of,
        distance=distance_of,
        # The folder is kept from one run to the next, also when parts are deleted: only members
        # that are missing there are trained.
        store="results/ensemble/{kind}/{architecture}/{channels}/members",
    message:
        "Training {wildcards.kind} members of {wildcards.architecture} on {wildcards.channels}, part {wildcards.part}"
    script:
        "../scripts/ensemble_part.py"


rule ensemble:
    input:
        parts=ensemble_parts,
    output:
        predictions="results/ensemble/{kind}/{architecture}/{channels}/predictions.hdf5",
        members=report(
            "results/ensemble/{kind}/{architecture}/{channels}/members.csv",
            **table_in_report("members", "{kind}, {architecture}, {channels}"),
        ),
    log:
        "logs/ensemble/{kind}_{architecture}_{channels}.log",
    benchmark:
        "benchmarks/ensemble/{kind}_{architecture}_{channels}.tsv"
    params:
        max_failed_fraction=SETTINGS.ensemble.max_failed_fraction,
    message:
        "Joining the {wildcards.kind} ensemble of {wildcards.architecture} on {wildcards.channels}"
    script:
        "../scripts/ensemble.py"
