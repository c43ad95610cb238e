"""What a process of Snakemake in this repository has done once it has read the workflow.

Importing this module does it, for the processes that are forked afterwards
(`workflow_case.run`): the imports, and the fingerprints of the code.
"""

from pathlib import Path

import nbformat  # noqa: F401, of Snakemake, late
import smart_open  # noqa: F401, likewise
from snakemake.cli import get_argument_parser

import umbra.checks.listed
import umbra.config.loading
import umbra.observed.saved_networks  # noqa: F401
from umbra.code_fingerprint import module_fingerprint, script_fingerprint

get_argument_parser()  # it imports Snakemake's plugins
for script in Path(__file__).parents[2].glob("workflow/scripts/*.py"):
    script_fingerprint(script)
module_fingerprint("umbra.skirt_engine.cli")
