"""Isophotes by AutoProf, which needs an older NumPy and so runs in an environment of its own.

The environment is made where it is first used, or beforehand by
``python -m umbra.classical.rotation_curve.light.autoprof FOLDER``.

References
----------
Stone et al. 2021, MNRAS 508, 1870: AutoProf.
"""

import fcntl
import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from umbra.classical.rotation_curve.light.autoprof_driver import PIPELINE_FAILED
from umbra.classical.rotation_curve.light.isophotes import (
    CLIP_SIGMA,
    Image,
    Isophotes,
    find_source,
    sky_angle_deg,
)
from umbra.errors import InputError, Rejected
from umbra.files import scratch

ENVS = Path(__file__).resolve().parents[5] / "envs"
LOCK = ENVS / "autoprof.lock"
PYTHONS = ((3, 11), (3, 12))  # for later ones its NumPy does not exist
TIME_LIMIT_S = 900
SEED = 1  # of AutoProf's search for the best ellipses; the image decides, not the draws

logger = logging.getLogger(__name__)


def environment_python(environment: Path, *, lock: Path = LOCK) -> Path:
    """Return the Python of AutoProf's environment, which is made if it is not there.

    The environment of a lock file is a folder that is renamed into place when it works, so it is
    there whole or not at all. Of several jobs one makes it, and the others wait.

    Parameters
    ----------
    environment : Path
        Folder of such environments.
    lock : Path
        The locked packages.

    Returns
    -------
    Path
        Its executable.

    Raises
    ------
    InputError
        If it cannot be made; the sentence says which command makes it.
    """
    environment = environment.expanduser().absolute()
    if not lock.is_file():
        raise InputError(
            f"AutoProf's environment cannot be made, for {lock} is not there: install the project"
            f" from its checkout, or {_OTHER_METHOD}."
        )
    name = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    python = environment / name / "bin" / "python"
    if python.is_file():
        return python
    environment.mkdir(parents=True, exist_ok=True)
    with open(environment / "lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not python.is_file():
            try:
                _make(environment / name, lock)
            except _CannotMakeError as error:
                raise InputError(
                    f"AutoProf's environment {environment} cannot be made ({error}): run"
                    f" `{sys.executable} -m {__spec__.name} {environment}` where the package index"
                    f" can be reached, or {_OTHER_METHOD}."
                ) from None
    return python


_OTHER_METHOD = "set rotation_curve.light to photutils"


class _CannotMakeError(Exception):
    """Why; one clause."""


def _make(folder: Path, lock: Path) -> None:
    logger.info("making AutoProf's environment %s (about a minute)", folder)
    for left_over in folder.parent.glob("*.part"):  # of a job that was killed
        shutil.rmtree(left_over)
    part = folder.with_suffix(".part")
    python = str(part / "bin" / "python")
    pip = (python, "-I", "-m", "pip", "--quiet", "--disable-pip-version-check", "install")
    try:
        _call(_interpreter(), str(ENVS / "make_venv.py"), str(part))
        _call(*pip, "--require-hashes", "--requirement", str(lock))
        _call(python, "-I", "-c", "import autoprof.Pipeline")
        shutil.rmtree(folder, ignore_errors=True)  # its Python is gone, or it would be used
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _call(*command: str) -> None:
    result = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=_clean_environment(),
    )
    if result.returncode:
        lines = [line for line in result.stdout.splitlines() if line.strip()]
        logger.error("%s: %s", " ".join(command), "\n".join(lines))
        errors = [line for line in lines if line.lower().startswith("error")]
        raise _CannotMakeError((errors or lines or ["without a word"])[-1].strip())


def _interpreter() -> str:
    if sys.version_info[:2] in PYTHONS:
        return sys.executable
    names = [f"python{major}.{minor}" for major, minor in PYTHONS]
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise _CannotMakeError(f"neither {' nor '.join(names)} is on the PATH")
    return found


def _clean_environment() -> dict[str, str]:
    """Return the environment variables without what would mix two Pythons."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    return kept | {"MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def autoprof_isophotes(image: Image, *, environment: Path, folder: Path) -> Isophotes:
    """Fit isophotes with AutoProf's default steps; the sky is known and not fitted.

    Parameters
    ----------
    image : Image
        What to measure.
    environment : Path
        As for `environment_python`.
    folder : Path
        Where AutoProf's own log, profile and results (``autoprof.log``, ``.prof``, ``.aux``) stay.

    Returns
    -------
    Isophotes
        A pixel apart, out to half the side of the image at most.

    Raises
    ------
    Rejected
        If there is no light, or AutoProf gives up.
    InputError
        If its environment cannot be made, or does not run.
    """
    source = find_source(image)
    python = environment_python(environment)
    folder.mkdir(parents=True, exist_ok=True)
    log = folder.absolute() / "autoprof.log"
    with scratch(folder.absolute() / "autoprof") as work:
        np.save(work / "image.npy", image.flux)
        task = {
            "options": _options(image, centre=source.centre, folder=work),
            "log": str(log),
            "profile": str(work / "profile.json"),
            "seed": SEED,
        }
        (work / "task.json").write_text(json.dumps(task))
        _drive(python, work / "task.json", log)
        measured = json.loads((work / "profile.json").read_text())
        for suffix in (".prof", ".aux"):
            os.replace(work / f"autoprof{suffix}", log.with_suffix(suffix))
    return _isophotes(measured, image.pixel_arcsec)


def _drive(python: Path, task: Path, log: Path) -> None:
    driver = Path(__file__).with_name("autoprof_driver.py")
    try:
        # Isolated, for a module of the driver's folder has AutoProf's name.
        result = subprocess.run(
            [str(python), "-I", str(driver), str(task)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=task.parent,
            env=_clean_environment(),
            timeout=TIME_LIMIT_S,
        )
    except subprocess.TimeoutExpired:
        raise Rejected(f"AutoProf did not end within {TIME_LIMIT_S} s") from None
    if result.returncode == PIPELINE_FAILED:
        raise Rejected(f"AutoProf failed: {_last_error(log)}")
    if result.returncode:
        last = (result.stderr.strip() or "without a word").splitlines()[-1]
        folder = python.parent.parent
        raise InputError(
            f"AutoProf does not run in {folder} ({last}): remove that folder, and it is made"
            f" again, or {_OTHER_METHOD}."
        )


def _options(image: Image, *, centre: tuple[float, float], folder: Path) -> dict:
    return {
        "ap_process_mode": "image",
        "ap_image_file": str(folder / "image.npy"),
        "ap_name": "autoprof",
        "ap_saveto": str(folder),
        "ap_pixscale": image.pixel_arcsec,
        "ap_zeropoint": 22.5,
        "ap_fluxunits": "intensity",
        "ap_set_background": 0.0,
        "ap_set_background_noise": image.noise,
        "ap_set_psf": image.resolution_pixels,
        "ap_guess_center": {"x": centre[0], "y": centre[1]},
        # Isophotes that share no pixels, as wide as a pixel where they are faint.
        "ap_samplestyle": "linear",
        "ap_samplelinearscale": 1.0,
        "ap_sampleinitR": 1.0,
        "ap_sampleendR": max(image.flux.shape) / 2,
        "ap_isoband_fixed": True,
        "ap_isoband_width": 0.5,
        # The mean, for the median would leave out the light of the arms.
        "ap_isoaverage_method": "mean",
        "ap_isoclip": True,
        "ap_isoclip_nsigma": CLIP_SIGMA,
    }


def _isophotes(measured: dict, pixel_arcsec: float) -> Isophotes:
    profile = {name: np.array(values, float) for name, values in measured["profile"].items()}
    return Isophotes(
        radius_arcsec=profile["R"],
        intensity=profile["I"],
        error=profile["I_e"] / pixel_arcsec**2,  # AutoProf 1.3.4 gives I an arcsec2, I_e a pixel
        ellipticity=profile["ellip"],
        position_angle_deg=sky_angle_deg(profile["pa"]),
        centre=(measured["centre"]["x"], measured["centre"]["y"]),
    )


def _last_error(log: Path) -> str:
    lines = log.read_text().splitlines() if log.is_file() else []
    errors = [line for line in lines if line.startswith("ERROR") and "full trace" not in line]
    return errors[-1].rpartition("autoprof: ")[2] if errors else "its log does not say why"


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if len(sys.argv) != 2:
        sys.exit(f"usage: python -m {__spec__.name} FOLDER")
    try:
        print(environment_python(Path(sys.argv[1])))
    except InputError as error:
        sys.exit(f"umbra: {error}")
