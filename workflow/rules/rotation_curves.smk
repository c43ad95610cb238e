# In: HI cubes, moment maps and images of a few test galaxies. Out: the dark matter that their rotation
# curves ask for, beside what a network says.


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
    params:
        seed=SETTINGS.seed,
        choice=options(
            "rotation_curve",
            "galaxies",
            "realisation",
            "min_inclination_deg",
            "max_inclination_deg",
        ),
    message:
        "Choosing galaxies for rotation curves"
    script:
        "../scripts/rotation_curve_galaxies.py"


# Cubes of their own: those of the moment maps may be gone (hi.keep_cubes), and if they were made again
# for the rings, so would be the dataset and every network.
RINGS_CUBES = expand(
    "results/classical/rotation_curves/{{galaxy}}/cube_r{realisation}.fits",
    realisation=REALISATIONS,
)


use rule hi_cubes as rings_cubes with:
    output:
        cubes=RINGS_CUBES if SETTINGS.hi.keep_cubes else temp(RINGS_CUBES),
    log:
        "logs/rings_cubes/{galaxy}.log",
    benchmark:
        "benchmarks/rings_cubes/{galaxy}.tsv"


rule rings:
    input:
        cube=f"results/classical/rotation_curves/{{galaxy}}/cube_r{FITTED_REALISATION}.fits",
        moments=rules.moments.output.maps,
    output:
        # 3DBAROLO's parameter file and log lie beside it, also when it fails.
        rings="results/classical/rotation_curves/{galaxy}/rings.csv",
    log:
        "logs/rings/{galaxy}.log",
    benchmark:
        "benchmarks/rings/{galaxy}.tsv"
    threads: SETTINGS.rotation_curve.rings.threads
    resources:
        mem_mb=memory(2000),
    params:
        realisation=FITTED_REALISATION,
        rings=options("rotation_curve", "rings")["rings"],
    message:
        "Fitting rings to the HI of galaxy {wildcards.galaxy}"
    script:
        "../scripts/rings.py"


rule light_profile:
    input:
        image=rules.photometry.output.image,
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
        environment=str(SETTINGS.rotation_curve.autoprof_environment),
        photometry=options("photometry", "seeing_fwhm_arcsec", "sky_mag_arcsec2", "sky"),
    message:
        "Measuring the light profile of galaxy {wildcards.galaxy}"
    script:
        "../scripts/light_profile.py"


rule mass_model:
    input:
        rings=rules.rings.output.rings,
        disc=rules.light_profile.output.disc,
        moments=rules.moments.output.maps,
    output:
        posterior="results/classical/rotation_curves/{galaxy}/posterior.hdf5",
        mass="results/classical/rotation_curves/{galaxy}/mass.csv",
    log:
        "logs/mass_model/{galaxy}.log",
    benchmark:
        "benchmarks/mass_model/{galaxy}.tsv"
    params:
        seed=SETTINGS.seed,
        realisation=FITTED_REALISATION,
        profiles=options("profiles"),
        fit=options("rotation_curve", "fit")["fit"],
    message:
        "Fitting a halo to the rotation curve of galaxy {wildcards.galaxy}"
    script:
        "../scripts/mass_model.py"


rule rotation_curves:
    input:
        # Named, for only then does Snakemake choose anew when the test split changes.
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
        hubble=SETTINGS.rotation_curve.fit.hubble,
        max_steps=SETTINGS.rotation_curve.fit.max_steps,
    message:
        "Fitting idealised rotation curves"
    script:
        "../scripts/idealised_curves.py"
