# In: SKIRT's input. Out: SKIRT's images. SKIRT and the embedded engine are called in the same way.

from umbra.photometry.radiative_transfer import EMBEDDED

# The script starts the embedded engine as another process.
if SETTINGS.photometry.engine == EMBEDDED:
    ALSO_REACHED["radiative_transfer"] = [("umbra.skirt_engine.cli", None)]

SKIRT_RESOURCES = SETTINGS.photometry.skirt_resources and str(SETTINGS.photometry.skirt_resources)


rule radiative_transfer:
    input:
        ski=rules.ski.output.ski,
        tables=[rules.ski.output.stars, rules.ski.output.young_stars, rules.ski.output.gas],
    output:
        frames=expand(
            "results/radiative_transfer/{{galaxy}}/galaxy_r{realisation}_total.fits",
            realisation=REALISATIONS,
        ),
    log:
        "logs/radiative_transfer/{galaxy}.log",
    benchmark:
        "benchmarks/radiative_transfer/{galaxy}.tsv"
    group:
        submission
    threads: SETTINGS.photometry.threads
    resources:
        mem_mb=memory(4000),
    params:
        engine=str(SETTINGS.photometry.engine),
        skirt_resources=SKIRT_RESOURCES,
    message:
        "Radiative transfer in galaxy {wildcards.galaxy}"
    script:
        "../scripts/radiative_transfer.py"
