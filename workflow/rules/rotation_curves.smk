# In: HI cubes, moment maps and images of a few test galaxies. Out: their dark matter according to their
# rotation curves, and according to a network.

from umbra.classical.rotation_curve.light.autoprof_environment import ready_marker
from umbra.config.photometry import ImagingSettings
from umbra.config.rotation_curve import ChoiceSettings


checkpoint rotation_curve_galaxies:
    input:
        dataset=rules.dataset.output.dataset,
        moments=of_every_galaxy(rules.moments.output.maps),
    output:
        galaxies="results/classical/rotation_curves/galaxies.csv",
    log:
        "logs/rotation_curve_galaxies.log",
    benchmark:
        "benchmarks/rotation_curve_galaxies.tsv"
    localrule: True
    params:
        seed=SETTINGS.seed,
        choice=values(SETTINGS.rotation_curve.only(ChoiceSettings)),
    message:
        "Choosing galaxies for rotation curves"
    script:
        "../scripts/rotation_curve_galaxies.py"


# Cubes for the rings, if those of the moment maps are deleted. Remaking those would also remake the
# moment maps, the dataset and every network.
RINGS_CUBES = expand(
    "results/classical/rotation_curves/{{galaxy}}/cube_r{realisation}.fits",
    realisation=REALISATIONS,
)


use rule hi_cubes as rings_cubes with:
    output:
        cubes=temp(RINGS_CUBES),
    log:
        "logs/rings_cubes/{galaxy}.log",
    benchmark:
        "benchmarks/rings_cubes/{galaxy}.tsv"


rule rings:
    input:
        cube=cube_for_rings,
        moments=rules.moments.output.maps,
    output:
        # 3DBAROLO's parameter files and logs are beside it, also when 3DBAROLO fails.
        rings="results/classical/rotation_curves/{galaxy}/rings.csv",
    log:
        "logs/rings/{galaxy}.log",
    benchmark:
        "benchmarks/rings/{galaxy}.tsv"
    resources:
        mem_mb=memory(2000),
    params:
        realisation=FITTED_REALISATION,
        rings=values(SETTINGS.rotation_curve.rings),
    message:
        "Fitting rings to the HI of galaxy {wildcards.galaxy}"
    script:
        "../scripts/rings.py"


# The output is a marker, not the environment: Snakemake deletes outputs before it remakes them, and
# other runs may use the environment. The marker's name changes with the locked packages.
rule autoprof_environment:
    output:
        ready=str(checked(ready_marker, SETTINGS.rotation_curve.autoprof_environment)),
    log:
        "logs/autoprof_environment.log",
    benchmark:
        "benchmarks/autoprof_environment.tsv"
    # It downloads packages, and nodes of a cluster may have no network.
    localrule: True
    message:
        "Making AutoProf's environment (about a minute)"
    script:
        "../scripts/autoprof_environment.py"


rule light_profile:
    input:
        image=rules.photometry.output.image,
        # ancient: a newer marker does not rerun the light profiles.
        environment=(
            ancient(rules.autoprof_environment.output.ready)
            if SETTINGS.rotation_curve.light == "autoprof"
            else []
        ),
    output:
        light="results/classical/rotation_curves/{galaxy}/light.csv",
        disc="results/classical/rotation_curves/{galaxy}/disc.csv",
    log:
        "logs/light_profile/{galaxy}.log",
    benchmark:
        "benchmarks/light_profile/{galaxy}.tsv"
    params:
        realisation=FITTED_REALISATION,
        method=SETTINGS.rotation_curve.light,
        imaging=values(SETTINGS.photometry.only(ImagingSettings)),
    message:
        "Measuring the light profile of galaxy {wildcards.galaxy}"
    script:
        "../scripts/light_profile.py"


rule mass_model:
    input:
        rings=rules.rings.output.rings,
        disc=rules.light_profile.output.disc,
        moments=rules.moments.output.maps,
        # For little h of the run, in its header.
        cutout=rules.cutout.output.cutout,
    output:
        posterior="results/classical/rotation_curves/{galaxy}/posterior.hdf5",
        mass="results/classical/rotation_curves/{galaxy}/mass.csv",
        halos="results/classical/rotation_curves/{galaxy}/halos.csv",
    log:
        "logs/mass_model/{galaxy}.log",
    benchmark:
        "benchmarks/mass_model/{galaxy}.tsv"
    params:
        seed=SETTINGS.seed,
        realisation=FITTED_REALISATION,
        profiles=values(SETTINGS.profiles),
        fit=values(SETTINGS.rotation_curve.fit),
    message:
        "Fitting a halo to the rotation curve of galaxy {wildcards.galaxy}"
    script:
        "../scripts/mass_model.py"


rule rotation_curves:
    input:
        # Named here, so that Snakemake looks for the chosen galaxies again when the test split changes.
        chosen="results/classical/rotation_curves/galaxies.csv",
        rings=of_rotation_curves(rules.rings.output.rings),
        disc=of_rotation_curves(rules.light_profile.output.disc),
        posterior=of_rotation_curves(rules.mass_model.output.posterior),
        mass=of_rotation_curves(rules.mass_model.output.mass),
        predictions=expand(
            rules.network.output.predictions,
            architecture=SETTINGS.rotation_curve.architecture,
            channels=SETTINGS.rotation_curve.channels,
        ),
        intervals=intervals_of(SETTINGS.rotation_curve),
    output:
        profiles="results/classical/rotation_curves.csv",
        errors="results/classical/rotation_curve_errors.csv",
        galaxies=report(
            "results/classical/rotation_curve_galaxies.csv",
            **table_in_report("rotation_curve_galaxies"),
        ),
    log:
        "logs/rotation_curves.log",
    benchmark:
        "benchmarks/rotation_curves.tsv"
    localrule: True
    params:
        realisation=FITTED_REALISATION,
    message:
        "Comparing rotation curves with the network"
    script:
        "../scripts/rotation_curves.py"


rule idealised_curves:
    input:
        dataset=rules.dataset.output.dataset,
        profiles=of_every_galaxy(rules.profile.output.profile),
        # For little h of the run, in their headers.
        cutouts=of_every_galaxy(rules.cutout.output.cutout),
    output:
        table=report(
            "results/classical/idealised_curves.csv", **table_in_report("idealised_curves")
        ),
    log:
        "logs/idealised_curves.log",
    benchmark:
        "benchmarks/idealised_curves.tsv"
    params:
        seed=SETTINGS.seed,
        halo=SETTINGS.rotation_curve.fit.halo,
        max_steps=SETTINGS.rotation_curve.fit.max_steps,
    message:
        "Fitting idealised rotation curves"
    script:
        "../scripts/idealised_curves.py"
