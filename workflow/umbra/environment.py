"""The environment that jobs inherit."""

import os


def put_first_on_python_path(folder: str) -> None:
    """Let this process's children find modules in a folder, before all others.

    Folders that are on ``PYTHONPATH`` already stay there: a user's environment may consist of them.

    Parameters
    ----------
    folder : str
        The folder.
    """
    others = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    folders = dict.fromkeys([folder, *filter(None, others)])
    os.environ["PYTHONPATH"] = os.pathsep.join(folders)
