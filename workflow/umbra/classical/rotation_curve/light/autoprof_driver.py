"""Run AutoProf on one image: ``python autoprof_driver.py task.json``.

This program runs in AutoProf's own environment, so it imports nothing from umbra.
"""

import json
import sys

import numpy as np

PIPELINE_FAILED = 3  # exit status if AutoProf gives up; its log has the reason


def main(task_path: str) -> int:
    """Run AutoProf's default steps and write the profile as JSON.

    Parameters
    ----------
    task_path : str
        A JSON file with ``options`` (AutoProf's own), ``log`` and ``profile`` (files to write) and
        ``seed``.

    Returns
    -------
    int
        Exit status.
    """
    from autoprof.Pipeline import Isophote_Pipeline

    with open(task_path, encoding="utf-8") as file:
        task = json.load(file)

    def seed(image, results, options):
        np.random.seed(task["seed"])  # noqa: NPY002 - AutoProf uses this generator
        return image, {}

    def hand_over(image, results, options):
        profile = {name: np.asarray(v).tolist() for name, v in results["prof data"].items()}
        with open(task["profile"], "w", encoding="utf-8") as file:
            json.dump({"centre": results["center"], "profile": profile}, file)
        return image, {}

    pipeline = Isophote_Pipeline(loggername=task["log"])
    steps = pipeline.pipeline_steps["head"]
    pipeline.UpdatePipeline(
        new_pipeline_methods={"seed": seed, "hand over": hand_over},
        new_pipeline_steps=["seed", *steps[:-1], "hand over", steps[-1]],
    )
    return PIPELINE_FAILED if pipeline.Process_Image(task["options"]) == 1 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
