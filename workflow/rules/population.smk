# In: cutouts, images and moment maps of some galaxies. Out: tables of what they are like beside
# published relations, and their portrait. Only asked for by name.


rule population:
    input:
        cutouts=of_portrait(rules.cutout.output.cutout),
        images=of_portrait(rules.photometry.output.image),
        moments=of_portrait(rules.moments.output.maps),
        sample="results/sample/galaxies.csv",
    output:
        galaxies="results/universe/population.csv",
        realisations="results/universe/population_realisations.csv",
        relations="results/universe/population_relations.csv",
        summary="results/universe/population_summary.csv",
    log:
        "logs/population.log",
    benchmark:
        "benchmarks/population.tsv"
    resources:
        mem_mb=memory(2000),
    message:
        "Measuring the population of galaxies"
    script:
        "../scripts/population.py"


rule portrait:
    input:
        galaxies=rules.population.output.galaxies,
        realisations=rules.population.output.realisations,
        relations=rules.population.output.relations,
        images=of_portrait(rules.photometry.output.image),
        moments=of_portrait(rules.moments.output.maps),
    output:
        pdf="results/universe/portrait.pdf",
        png="results/universe/portrait.png",
    log:
        "logs/portrait.log",
    benchmark:
        "benchmarks/portrait.tsv"
    localrule: True
    message:
        "Drawing the portrait of the galaxies"
    script:
        "../scripts/portrait.py"
