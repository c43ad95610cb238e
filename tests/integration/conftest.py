"""One real run of the workflow, shared by the tests that look at it."""

import pytest

from workflow_case import Workflow, succeed


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """Return the whole chain of config/test.yaml, run once."""
    workflow = Workflow(tmp_path_factory.mktemp("finished"))
    succeed(workflow.snakemake("results/figures", "results/performance.csv"))
    return workflow
