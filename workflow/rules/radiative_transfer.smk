# In: SKIRT's input. Out: SKIRT's images. SKIRT and the embedded engine are called in the same way.

from umbra.config.photometry import SkiSettings
from umbra.photometry.radiative_transfer import EMBEDDED

ENGINE = str(SETTINGS.photometry.engine)
SKIRT_RESOURCES = SETTINGS.photometry.skirt_resources and str(SETTINGS.photometry.skirt_resources)
ACCEPTED_BY_SKIRT = []

if ENGINE == EMBEDDED:
    # The script starts the embedded engine as another process.
    ALSO_REACHED["radiative_transfer"] = [("umbra.skirt_engine.cli", None)]
else:
    # This needs no galaxy, so SKIRT is asked before the first hours are spent. Images do not depend
    # on the file's age: to ask again makes none of them again.
    ACCEPTED_BY_SKIRT = [ancient("results/skirt_check/accepted.txt")]

    rule skirt_check:
        output:
            # A failure leaves the file of an earlier success, or images would be made again.
            accepted=update("results/skirt_check/accepted.txt"),
        log:
            "logs/skirt_check.log",
        benchmark:
            "benchmarks/skirt_check.tsv"
        # What SKIRT refuses once, it refuses again.
        retries: 0
        resources:
            mem_mb=memory(4000),
        params:
            engine=ENGINE,
            seed=SETTINGS.seed,
            observation=values(SETTINGS.observation.only(ImageSettings)),
            photometry=values(SETTINGS.photometry.only(SkiSettings)),
        message:
            "Asking SKIRT whether it accepts a ski of this run"
        script:
            "../scripts/skirt_check.py"


rule radiative_transfer:
    input:
        ski=rules.ski.output.ski,
        tables=[rules.ski.output.stars, rules.ski.output.young_stars, rules.ski.output.gas],
        accepted=ACCEPTED_BY_SKIRT,
    output:
        frames=expand(
            "results/radiative_transfer/{{galaxy}}/galaxy_r{realisation}_total.fits",
            realisation=REALISATIONS,
        ),
    log:
        "logs/radiative_transfer/{galaxy}.log",
    benchmark:
        "benchmarks/radiative_transfer/{galaxy}.tsv"
    # It takes longest. Short jobs fill the time while the last of these runs.
    priority: 1
    group:
        submission
    threads: SETTINGS.photometry.threads
    resources:
        mem_mb=memory(4000),
    params:
        engine=ENGINE,
        # A SKIRT executable has its own, whatever this is: the images then do not depend on it.
        skirt_resources=SKIRT_RESOURCES if ENGINE == EMBEDDED else None,
    message:
        "Radiative transfer in galaxy {wildcards.galaxy}"
    script:
        "../scripts/radiative_transfer.py"
