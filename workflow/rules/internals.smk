# What this workflow uses of Snakemake 9 that Snakemake's documentation does not promise. All of it is
# here; tests/unit/test_snakemake_internals.py fails when a release of Snakemake removes a part of it.

import atexit
import contextlib
import functools
import inspect
import os
import re
import subprocess
import sys


def config_sources():
    """Return the configuration files, in the order in which they are merged, and `--config`.

    Snakemake hands on what it made of them, which does not show a section that is there twice, or
    that 40 was written as 050.
    """
    given = workflow.config_settings
    count = len(given.configfiles)
    of_workflow = [] if given.replace_workflow_config else workflow.configfiles[count:]
    files = [*of_workflow, *given.configfiles]
    profiles = [] if is_submission() else profile_files()
    return {"files": files, "entries": given.config_args or [], "profiles": profiles}


def profile_files():
    """Return the files of the profiles that Snakemake was started with.

    Snakemake hands on their entries as it has read them.
    """
    from snakemake.cli import get_profile_dir

    given = re.findall(r"(?:^|\n)--(?:workflow-)?profile[\n=]([^\n]+)", "\n".join(sys.argv))
    given += [os.environ.get("SNAKEMAKE_PROFILE"), "profiles/default"]
    # Snakemake has changed to the folder of the run.
    started_in = Path(os.environ.get("PWD", os.curdir))
    given = [started_in / name if (started_in / name).exists() else name for name in given if name]
    found = map(get_profile_dir, map(str, given))
    return [entry[1] for entry in found if entry]


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

    A missing key must be reported before thousands of downloads start. Input functions cannot check
    it: they are called in dry runs and finished runs too, which need no key.
    """
    return {job.rule.name for job in workflow.dag.needrun_jobs()}


def planned_folders():
    """Return the folders of the outputs of jobs that have to run; for use in `onstart`."""
    outputs = (path for job in workflow.dag.needrun_jobs() for path in job.output)
    return {os.path.dirname(path) for path in outputs}


def submits():
    """Say whether this process submits its jobs to a cluster; for use in `onstart`."""
    return not workflow.local_exec


def is_submission():
    """Say whether this process runs jobs that another Snakemake submitted to a cluster.

    The variables of Slurm do not show it: Snakemake itself may run in a job of Slurm.
    """
    return workflow.remote_exec


def group_of_submission(kind, number):
    """Return the name of a group whose jobs are submitted together even if nothing connects them.

    `--group-components kind=n` lets n unconnected parts of a group share a submission. Snakemake
    9.27 merges them again each time it looks at the graph, so submissions grow. With a name for
    each submission there is nothing left to merge. Snakemake itself records the kind only of names
    that contain wildcards, and the number of a submission is no wildcard.
    """
    name = f"{kind}_{number}"
    workflow.parent_groupids[name] = kind
    return name


def check_each_group_once():
    """Let Snakemake check each group of a plan once, and not again for each of its jobs.

    `DAG._check_groups` goes through the groups of all jobs, and in each through all its jobs. With
    140 jobs in a submission of 20 galaxies, that takes half of the time of a plan.
    """
    from snakemake.dag import DAG

    if not hasattr(DAG, "_check_groups"):
        raise WorkflowError("umbra: this release of Snakemake has no DAG._check_groups.")
    check_groups_of_jobs = DAG._check_groups

    def check_groups(dag):
        of_jobs = dag._group
        dag._group = {group: group for group in of_jobs.values()}
        try:
            check_groups_of_jobs(dag)
        finally:
            dag._group = of_jobs

    DAG._check_groups = check_groups


def leave_out_rules_not_allowed(wildcard):
    """Leave rules with this wildcard out of the plan if `--allowed-rules` does not name them.

    With a checkpoint in the workflow, Snakemake keeps the jobs of all rules in memory, and plans
    those that are not allowed where a file of theirs is missing. Without their rules, files are what
    they are, and a missing one is an error.
    """
    from snakemake.dag import DAG

    build = DAG.__init__
    if "rules_allowed_for_needrun" not in inspect.signature(build).parameters:
        raise WorkflowError("umbra: this release of Snakemake has no DAG of allowed rules.")

    @functools.wraps(build)
    def build_of_allowed(dag, workflow, rules, **given):
        if allowed := given["rules_allowed_for_needrun"]:
            rules = [
                one for one in rules if one.name in allowed or wildcard not in one.wildcard_names
            ]
        build(dag, workflow, rules, **given)

    DAG.__init__ = build_of_allowed


def run_scripts_in_forks():
    """Run scripts in forks of a process that has imported what they import (`umbra.fork_server`).

    Snakemake starts an interpreter for each. It still does so for jobs of several threads, whose
    libraries must not be loaded for one, for jobs in environments of their own, and on other systems
    than Linux.
    """
    if sys.platform != "linux":
        return
    from snakemake.benchmark import benchmarked
    from snakemake.script import PythonScript
    from umbra.fork_server import ForkServer

    if not hasattr(PythonScript, "execute_script"):
        raise WorkflowError("umbra: this release of Snakemake has no PythonScript.execute_script.")
    start_interpreter = PythonScript.execute_script
    server = ForkServer()
    atexit.register(server.close)

    @functools.wraps(start_interpreter)
    def execute_script(job, fname, edit=False):
        elsewhere = (job.conda_env, job.container_img, job.env_modules, job.shadow_dir)
        folder = job.resources.get("tmpdir")
        variables = dict.fromkeys(("TMPDIR", "TMP", "TEMPDIR", "TEMP"), folder) if folder else {}
        fork = None
        if job.threads == 1 and not any(elsewhere):
            fork = server.start(fname, variables)
        if fork is None:
            return start_interpreter(job, fname, edit=edit)
        record = job.bench_record
        with contextlib.nullcontext() if record is None else benchmarked(fork.pid, record):
            status = fork.wait()
        if status:
            raise subprocess.CalledProcessError(status, [sys.executable, fname])
        return None

    PythonScript.execute_script = execute_script


def limit(resource, count):
    """Limit a resource of all jobs together, unless a profile or `--resources` does.

    A limit in the default profile would be lost with every other `--resources` in a command.
    """
    if resource not in workflow.global_resources:
        workflow.register_resource(resource, count)


def give_rules_their_code(also_reached):
    """Give each rule a parameter `code`, the fingerprint of the code that its script reaches.

    A rule that forgot this parameter would keep old results when its code changes, so no rule states
    it. `also_reached` has what the text of a rule's script does not lead to, if anything: modules,
    and the names of definitions in them or None.
    """
    for one in workflow.rules:
        if one.script is None:
            continue
        path = Path(workflow.basedir, "workflow", "scripts", Path(one.script).name)
        further = [module_fingerprint(*place) for place in also_reached.get(one.name, ())]
        # A dry run shows the values that differ from those of the last run, without their names.
        one.set_params(code=" ".join(["code", script_fingerprint(path), *further]))
