# What this workflow uses of Snakemake 9 that Snakemake's documentation does not promise. All of it is
# here; tests/unit/test_snakemake_internals.py fails when a release of Snakemake removes a part of it.


def no_limit_on_job_starts():
    """Let jobs on this machine start as soon as there is a free core.

    Snakemake limits how many jobs start in a second. Each look at the queue sets a timer that ends
    in another look, which costs CPU time with the square of the number of jobs, and a run ends only
    after its last timer. `--max-jobs-per-timespan` changes the limit but has no value for "none".
    """
    if workflow.local_exec:
        if not hasattr(workflow.scheduler, "job_rate_limiter"):
            raise WorkflowError(
                "umbra: this release of Snakemake has no scheduler.job_rate_limiter."
            )
        workflow.scheduler.job_rate_limiter = None


def planned_rules():
    """Return the names of the rules that have jobs to run; for use in `onstart`.

    A key that is missing must be told before the first of thousands of downloads. Input functions
    are called in dry runs and finished runs too, which need no key.
    """
    return {job.rule.name for job in workflow.dag.needrun_jobs()}


def is_submission():
    """Say whether this process runs jobs that another Snakemake submitted to a cluster.

    The variables of Slurm do not say so: Snakemake itself may run in a job of Slurm.
    """
    return workflow.remote_exec


def limit(resource, count):
    """Limit a resource of all jobs together, unless a profile or `--resources` does.

    A limit in the default profile would be lost with every other `--resources` in a command.
    """
    if resource not in workflow.global_resources:
        workflow.register_resource(resource, count)
