# In: the user's galaxies, their HI cubes, and the answers of the networks. Out: the answers of the
# classical methods, and a page for each galaxy.

from umbra.config.rotation_curve import ModelSettings


rule observed_rings:
    input:
        cube=rules.observed_cube.output.cube,
    output:
        # 3DBAROLO's parameter files and logs are beside it, also when 3DBAROLO fails.
        rings="results/observed/{name}/rings.csv",
    log:
        "logs/observed_rings/{name}.log",
    benchmark:
        "benchmarks/observed_rings/{name}.tsv"
    wildcard_constraints:
        name=r"[^/]+",
    resources:
        mem_mb=memory(2000, of_input=12),
    params:
        moments=values(SETTINGS.moments),
        rings=values(SETTINGS.rotation_curve.rings),
    message:
        "Fitting rings to the HI of {wildcards.name}"
    script:
        "../scripts/observed_rings.py"


rule observed_light:
    input:
        maps=rules.observed_maps.output.maps,
    output:
        light="results/observed/{name}/light.csv",
        disc="results/observed/{name}/disc.csv",
    log:
        "logs/observed_light/{name}.log",
    benchmark:
        "benchmarks/observed_light/{name}.tsv"
    wildcard_constraints:
        name=r"[^/]+",
    params:
        training=lambda wildcards: values(networks_definition().only(TrainingImages)),
    message:
        "Measuring the light profile of {wildcards.name}"
    script:
        "../scripts/observed_light.py"


rule observed_stellar_halo:
    input:
        maps=rules.observed_maps.output.maps,
    output:
        masses="results/observed/{name}/stellar_masses.csv",
        profile="results/observed/{name}/stellar_halo.csv",
    log:
        "logs/observed_stellar_halo/{name}.log",
    benchmark:
        "benchmarks/observed_stellar_halo/{name}.tsv"
    wildcard_constraints:
        name=r"[^/]+",
    params:
        profiles=values(SETTINGS.profiles),
        seed=SETTINGS.seed,
    message:
        "Estimating the halo of {wildcards.name} from its starlight"
    script:
        "../scripts/observed_stellar_halo.py"


rule observed_mass_model:
    input:
        rings=rules.observed_rings.output.rings,
        cube=rules.observed_cube.output.cube,
        maps=rules.observed_maps.output.maps,
        disc=rules.observed_light.output.disc,
    output:
        posterior="results/observed/{name}/posterior.hdf5",
        mass="results/observed/{name}/mass.csv",
        velocities="results/observed/{name}/velocities.csv",
    log:
        "logs/observed_mass_model/{name}.log",
    benchmark:
        "benchmarks/observed_mass_model/{name}.tsv"
    wildcard_constraints:
        name=r"[^/]+",
    params:
        moments=values(SETTINGS.moments),
        fit=values(SETTINGS.rotation_curve.fit.only(ModelSettings)),
        profiles=values(SETTINGS.profiles),
        seed=SETTINGS.seed,
    message:
        "Fitting a halo to the rotation curve of {wildcards.name}"
    script:
        "../scripts/observed_mass_model.py"


rule observed_numbers:
    input:
        profile=rules.observed_profile.output.profile,
        rings=rules.observed_rings.output.rings,
        posterior=rules.observed_mass_model.output.posterior,
        mass=rules.observed_mass_model.output.mass,
        velocities=rules.observed_mass_model.output.velocities,
        stellar_masses=rules.observed_stellar_halo.output.masses,
        stellar_profile=rules.observed_stellar_halo.output.profile,
    output:
        numbers="results/observed/{name}/numbers.csv",
    log:
        "logs/observed_numbers/{name}.log",
    benchmark:
        "benchmarks/observed_numbers/{name}.tsv"
    wildcard_constraints:
        name=r"[^/]+",
    localrule: True
    message:
        "Collecting the numbers of {wildcards.name}"
    script:
        "../scripts/observed_numbers.py"


rule observed_page:
    input:
        maps=rules.observed_maps.output.maps,
        profile=rules.observed_profile.output.profile,
        rings=rules.observed_rings.output.rings,
        mass=rules.observed_mass_model.output.mass,
        velocities=rules.observed_mass_model.output.velocities,
        disc=rules.observed_light.output.disc,
        stellar_profile=rules.observed_stellar_halo.output.profile,
        numbers=rules.observed_numbers.output.numbers,
        belonging=rules.observed_predictions.output.belonging,
    output:
        pdf="results/observed/{name}/page.pdf",
        png=report("results/observed/{name}/page.png", **OBSERVED_IN_REPORT),
    log:
        "logs/observed_page/{name}.log",
    benchmark:
        "benchmarks/observed_page/{name}.tsv"
    wildcard_constraints:
        name=r"[^/]+",
    localrule: True
    message:
        "Drawing the page of {wildcards.name}"
    script:
        "../scripts/observed_page.py"


rule observed_index:
    input:
        maps=of_observed(rules.observed_maps.output.maps),
        profile=of_observed(rules.observed_profile.output.profile),
        rings=of_observed(rules.observed_rings.output.rings),
        mass=of_observed(rules.observed_mass_model.output.mass),
        velocities=of_observed(rules.observed_mass_model.output.velocities),
        disc=of_observed(rules.observed_light.output.disc),
        stellar_profile=of_observed(rules.observed_stellar_halo.output.profile),
        numbers=of_observed(rules.observed_numbers.output.numbers),
        belonging=rules.observed_predictions.output.belonging,
        png=of_observed(rules.observed_page.output.png),
    output:
        index="results/observed/index.html",
    log:
        "logs/observed_index.log",
    benchmark:
        "benchmarks/observed_index.tsv"
    localrule: True
    message:
        "Writing the pages of the observed galaxies"
    script:
        "../scripts/observed_index.py"
