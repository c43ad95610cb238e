"""The environment that this process and its children, the jobs, compute in.

The libraries that umbra computes with read environment variables, and files in the user's home,
which change numbers, figures and errors. `prepare_environment` removes the variables that do so,
and points the libraries away from those files. It must be called before the libraries are
imported: the workflow calls it for all jobs, and `umbra.networks` and `umbra.figures` call it for
programs that run without Snakemake.
"""

import os
import sys
from pathlib import Path

# Variables that begin with one of these belong to the libraries, and are removed.
LIBRARIES = (
    "ASTROPY_",
    "CUBLAS_",
    "DNNL_",
    "DOTFONTPATH",
    "H5PY_",
    "HDF5_",
    "JAX_",
    "KERAS_",
    "MATPLOTLIB",
    "MKL_",
    "MPL",
    "NPY_",
    "NUMBA_",
    "NUMPY_",
    "NVIDIA_TF32_OVERRIDE",
    "ONEDNN_",
    "OPENBLAS_",
    "PANDAS_",
    "PYTHON",
    "SCIPY_",
    "SKLEARN_",
    "TF2_",
    "TF_",
    "XLA_",
)
# Of these, the user's own: folders, devices, threads, memory, and text on the terminal.
USERS = frozenset(
    """
    ASTROPY_CACHE_DIR HDF5_DISABLE_VERSION_CHECK HDF5_PLUGIN_PATH
    JAX_COMPILATION_CACHE_DIR JAX_CUDA_VISIBLE_DEVICES JAX_PLATFORMS JAX_PLATFORM_NAME
    JAX_ROCM_VISIBLE_DEVICES KERAS_BACKEND MKL_NUM_THREADS MPLCONFIGDIR NUMBA_CACHE_DIR
    OPENBLAS_NUM_THREADS PYTHONCOERCECLOCALE PYTHONDONTWRITEBYTECODE PYTHONHASHSEED PYTHONHOME
    PYTHONNOUSERSITE PYTHONPATH PYTHONPYCACHEPREFIX PYTHONUNBUFFERED PYTHONUTF8
    TF_CPP_MIN_LOG_LEVEL TF_FORCE_GPU_ALLOW_GROWTH TF_GPU_ALLOCATOR XLA_CLIENT_MEM_FRACTION
    XLA_PYTHON_CLIENT_ALLOCATOR XLA_PYTHON_CLIENT_MEM_FRACTION XLA_PYTHON_CLIENT_PREALLOCATE
    """.split()
)
# Of the options in XLA_FLAGS, the folder of CUDA is the user's.
_FOLDER_OF_CUDA = "--xla_gpu_cuda_data_dir="
# Without it, JAX adds numbers on a GPU in an order that differs from run to run.
_REPEATABLE = "--xla_gpu_deterministic_ops=true"
SET = {
    # A folder without astropy.cfg.
    "ASTROPY_CONFIG_DIR": str(Path(__file__).resolve().parent),
    # umbra needs no locks, and many file systems grant none. HDF5 lets this variable decide even
    # where a file is opened without locks.
    "HDF5_USE_FILE_LOCKING": "FALSE",
    # No folder, so Keras finds no keras.json and writes none.
    "KERAS_HOME": os.devnull,
    # An empty file. One in the folder of the run still comes first (umbra.figures.style).
    "MATPLOTLIBRC": os.devnull,
    # The backend of a notebook reaches programs that cannot load it.
    "MPLBACKEND": "Agg",
}


def prepare_environment() -> None:
    """Remove the variables that change what libraries compute, and set `SET`.

    What `USERS` names stays. In a notebook, its backend stays too: it shows the user's own figures,
    and those of umbra are drawn without a backend. A second call changes nothing.
    """
    in_notebook = "ipykernel" in sys.modules and "MPLBACKEND" in os.environ
    users = {"MPLBACKEND": os.environ["MPLBACKEND"]} if in_notebook else {}
    flags = os.environ.get("XLA_FLAGS", "").split()
    for name in list(os.environ):
        if name.startswith(LIBRARIES) and name not in USERS:
            del os.environ[name]
    os.environ.update(SET | users)
    # TensorFlow's notes about its own build are not for users.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    kept = [flag for flag in flags if flag.startswith(_FOLDER_OF_CUDA)]
    os.environ["XLA_FLAGS"] = " ".join([*kept, _REPEATABLE])


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
