# In: a cutout. Out: the true masses of dark matter, stars and gas within each radius.


rule profile:
    input:
        cutout=rules.cutout.output.cutout,
    output:
        profile="results/profiles/{galaxy}.csv",
    log:
        "logs/profile/{galaxy}.log",
    benchmark:
        "benchmarks/profile/{galaxy}.tsv"
    resources:
        mem_mb=memory(1000),
    params:
        profiles=values(SETTINGS.profiles),
    message:
        "Measuring the mass profile of galaxy {wildcards.galaxy}"
    script:
        "../scripts/mass_profile.py"
