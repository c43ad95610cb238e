# In: a finished run. Out: the cost of each stage, from the benchmark files and logs of its jobs.


rule performance:
    input:
        figures=rules.figures.output.gallery,
        galaxies="results/sample/galaxies.csv",
    output:
        table="results/performance.csv",
    log:
        "logs/performance.log",
    localrule: True
    params:
        benchmarks="benchmarks",
        logs="logs",
    message:
        "Summing up what the run cost"
    script:
        "../scripts/performance.py"
