"""Isophotes measured with AutoProf, which runs in an environment of its own.

References
----------
Stone et al. 2021, MNRAS 508, 1870: AutoProf.
"""

import json
import os
import subprocess
from pathlib import Path

import numpy as np

from umbra.classical.rotation_curve.light.autoprof_driver import PIPELINE_FAILED
from umbra.classical.rotation_curve.light.autoprof_environment import (
    OTHER_METHOD,
    clean_variables,
    environment_python,
)
from umbra.classical.rotation_curve.light.isophotes import (
    CLIP_SIGMA,
    Image,
    Isophotes,
    find_source,
    sky_angle_deg,
)
from umbra.errors import InputError, Rejected
from umbra.files import check_writable, scratch
from umbra.programs import check_program, run_program

AUTOPROF_CPU_LIMIT_S = 900
AUTOPROF_SEED = 1  # for its search of the best ellipses, which hardly depends on it


def autoprof_isophotes(image: Image, *, environment: Path, folder: Path) -> Isophotes:
    """Fit isophotes with AutoProf's default steps, except that the sky is known and not fitted.

    Parameters
    ----------
    image : Image
        Image of the galaxy.
    environment : Path
        Marker of AutoProf's environment, as the rule ``autoprof_environment`` writes it.
    folder : Path
        Folder in which AutoProf's own log, profile and results stay (``autoprof.log``, ``.prof``,
        ``.aux``).

    Returns
    -------
    Isophotes
        One pixel apart, out to half the side of the image at most.

    Raises
    ------
    Rejected
        If there is no light, or AutoProf gives up.
    InputError
        If AutoProf's environment is missing or does not run, or the system ends it.
    """
    source = find_source(image)
    python = environment_python(environment)
    if not python.is_file():
        raise InputError(
            f"AutoProf's environment {python.parents[1]} is missing: remove {environment}, so that"
            f" the next run makes it again, or {OTHER_METHOD}."
        )
    folder.mkdir(parents=True, exist_ok=True)
    log = folder.absolute() / "autoprof.log"
    with scratch(folder.absolute() / "autoprof") as work:
        np.save(work / "image.npy", image.flux)
        task = {
            "options": _options(image, centre=source.centre),
            "log": str(log),
            "profile": "profile.json",
            "seed": AUTOPROF_SEED,
        }
        (work / "task.json").write_text(json.dumps(task), encoding="utf-8")
        _drive(python, work / "task.json", log)
        measured = json.loads((work / "profile.json").read_text(encoding="utf-8"))
        for suffix in (".prof", ".aux"):
            os.replace(work / f"autoprof{suffix}", log.with_suffix(suffix))
    return _isophotes(measured, image.pixel_arcsec)


def _drive(python: Path, task: Path, log: Path) -> None:
    driver = Path(__file__).with_name("autoprof_driver.py")
    # -I leaves the driver's folder out of the path: it has a module called autoprof.
    result = run_program(
        "AutoProf",
        [str(python), "-I", str(driver), str(task)],
        cpu_limit_s=AUTOPROF_CPU_LIMIT_S,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        cwd=task.parent,
        env=clean_variables(),
    )
    if result.returncode == PIPELINE_FAILED:
        reason = _last_error(log)
        check_program("AutoProf", status=result.returncode, text=reason)
        check_writable(task.parent)
        raise Rejected(f"AutoProf failed: {reason}")
    if result.returncode:
        last = (result.stderr.strip() or "no output").splitlines()[-1]
        check_program("AutoProf", status=result.returncode, text=last)
        folder = python.parents[1]
        raise InputError(
            f"AutoProf does not run in {folder} ({last}): remove that folder and {folder}.ready, so"
            f" that the next run makes it again, or {OTHER_METHOD}."
        )


def _options(image: Image, *, centre: tuple[float, float]) -> dict:
    return {
        "ap_process_mode": "image",
        # In the folder in which it runs, so that its log has no temporary names.
        "ap_image_file": "image.npy",
        "ap_name": "autoprof",
        "ap_saveto": "./",
        "ap_pixscale": image.pixel_arcsec,
        "ap_zeropoint": 22.5,
        "ap_fluxunits": "intensity",
        "ap_set_background": 0.0,
        "ap_set_background_noise": image.noise,
        "ap_set_psf": image.resolution_pixels,
        "ap_guess_center": {"x": centre[0], "y": centre[1]},
        # Isophotes one pixel apart and one pixel wide, so that they share no pixels.
        "ap_samplestyle": "linear",
        "ap_samplelinearscale": 1.0,
        "ap_sampleinitR": 1.0,
        "ap_sampleendR": max(image.flux.shape) / 2,
        "ap_isoband_fixed": True,
        "ap_isoband_width": 0.5,
        # The mean and not the median, which would leave out the light of the arms.
        "ap_isoaverage_method": "mean",
        "ap_isoclip": True,
        "ap_isoclip_nsigma": CLIP_SIGMA,
    }


def _isophotes(measured: dict, pixel_arcsec: float) -> Isophotes:
    profile = {name: np.array(values, float) for name, values in measured["profile"].items()}
    return Isophotes(
        radius_arcsec=profile["R"],
        intensity=profile["I"],
        error=profile["I_e"]
        / pixel_arcsec**2,  # AutoProf 1.3.4 has I per arcsec2, but I_e per pixel
        ellipticity=profile["ellip"],
        position_angle_deg=sky_angle_deg(profile["pa"]),
        centre=(measured["centre"]["x"], measured["centre"]["y"]),
    )


def _last_error(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []
    errors = [line for line in lines if line.startswith("ERROR") and "full trace" not in line]
    return errors[-1].rpartition("autoprof: ")[2] if errors else "its log does not say why"
