# Whatever can be known before the first job runs. The lists are in workflow/umbra/checks/listed.py.

from umbra.checks.listed import check_before_jobs, check_planned

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
