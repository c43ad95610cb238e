# Whatever can be known before the first job runs. The lists are in workflow/umbra/checks/listed.py.

from umbra.checks.listed import check_before_jobs, check_planned
from umbra.simulation.galaxies import check_cutouts

# A submission does not repeat what the process that submitted it has checked.
if not is_submission():
    checked(
        check_before_jobs,
        SETTINGS,
        not_found=NOT_FOUND,
        checkout=workflow.basedir,
        chunks=CHUNKS if FROM_DISK and CHUNKS != [SIMULATION] else [],
    )


onstart:
    no_limit_on_job_starts()
    checked(check_planned, planned_rules(), folders=planned_folders(), on_cluster=submits())
    # Before hours of downloads start; no other job needs the key.
    if DOWNLOADS & planned_rules():
        checked(api_key)
    # Before hours of images, of cutouts that may have been brought from another machine.
    if READ_CUTOUTS & planned_rules() and every_cutout_is_there():
        if not {"sample", "cutout"} & planned_rules():
            checked(
                check_cutouts,
                galaxies_csv=Path("results/sample/galaxies.csv"),
                folder=Path("results/cutouts"),
            )
