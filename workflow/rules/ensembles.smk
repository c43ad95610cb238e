# In: the dataset. Out: ensembles of networks, each member's predictions for the validation and test
# splits.


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
        members=members_of_part,
        seed=SETTINGS.seed,
        threads=SETTINGS.networks.threads,
        training=training_of,
        # Kept from one run to the next, whatever becomes of the parts: only what is missing is
        # trained.
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
            category="Uncertainty",
            caption="../report/members.rst",
        ),
    log:
        "logs/ensemble/{kind}_{architecture}_{channels}.log",
    benchmark:
        "benchmarks/ensemble/{kind}_{architecture}_{channels}.tsv"
    params:
        max_failed_fraction=SETTINGS.ensemble.max_failed_fraction,
    message:
        "Gathering the {wildcards.kind} ensemble of {wildcards.architecture} on {wildcards.channels}"
    script:
        "../scripts/ensemble.py"
