"""Stored tables as in SKIRT's resource packs."""

import struct
from pathlib import Path

import numpy as np

WAVELENGTH_M = np.geomspace(1e-7, 1e-5, 200)
STARS = "BruzualCharlotSEDFamily_Chabrier_lr.stab"
REGIONS = "MappingsSEDFamily.stab"
DUST = "MeanZubkoOpticalProps.stab"
BANDS = [f"SLOAN_SDSS_{band}_BroadBand.stab" for band in "UGRIZ"]


def write_stab(path, axes, quantities, axis_scales=None, quantity_scales=None):
    """Write a stored table item by item; `axes` and `quantities` map names to arrays."""
    axis_scales = axis_scales or ["log"] * len(axes)
    quantity_scales = quantity_scales or ["log"] * len(quantities)
    texts = lambda values: b"".join(f"{one:<8}".encode("ascii") for one in values)  # noqa: E731
    with open(path, "wb") as file:
        file.write(b"SKIRT X\n" + struct.pack("<QQ", 0x010203040A0BFEFF, len(axes)))
        file.write(texts(axes) + texts(["1"] * len(axes)) + texts(axis_scales))
        for grid in axes.values():
            file.write(struct.pack("<Q", len(grid)) + np.asarray(grid, "<f8").tobytes())
        file.write(struct.pack("<Q", len(quantities)))
        file.write(texts(quantities) + texts(["1"] * len(quantities)) + texts(quantity_scales))
        for point in np.ndindex(*[len(grid) for grid in axes.values()][::-1]):
            for values in quantities.values():
                file.write(struct.pack("<d", values[point[::-1]]))
        file.write(b"STABEND\n")


def stellar_light(wavelength_m, metallicity, age_yr):
    """Return L_lambda [W/m] per Msun: 1e30 (lambda / micron)^-1 (t / Gyr)^-0.5 Z."""
    return 1e30 / (1e6 * wavelength_m) * np.maximum(age_yr / 1e9, 1e-9) ** -0.5 * metallicity


def region_light(wavelength_m, metallicity, log_c, pressure_pa, f_pdr):
    """Return L_lambda [W/m] per Msun/yr, linear in ln Z, log C, ln P and f_PDR."""
    part = 2 + 0.2 * np.log(metallicity / 0.02) + 0.1 * (log_c - 5)
    part = part * (1 + 0.05 * np.log(pressure_pa / 1e-12)) * (1 - 0.6 * f_pdr)
    return 1e33 * (1e6 * wavelength_m) ** -2.0 * part


def write_resources(top: Path, *, without: str | None = None) -> None:
    """Write a resource folder with simple spectra, grey dust and box-shaped bands.

    Scales are those of SKIRT's own tables: stars logarithmic, regions and bands linear.
    """
    folder = top / "SKIRT9_Resources_Core" / "deep"
    folder.mkdir(parents=True)
    ages, metals = np.array([0.0, 1e6, 1e8, 1e10]), np.array([1e-4, 0.004, 0.02, 0.05])
    light = stellar_light(WAVELENGTH_M[:, None, None], metals[:, None], ages)
    write_stab(folder / STARS, {"lambda": WAVELENGTH_M, "Z": metals, "t": ages}, {"Llambda": light})
    grids = [np.array([0.001, 0.02]), np.array([4.0, 6.0]), np.array([1e-13, 1e-11])]
    grids.append(np.array([0.0, 1.0]))
    light = region_light(*np.meshgrid(WAVELENGTH_M, *grids, indexing="ij"))
    write_stab(
        folder / REGIONS,
        {"lambda": WAVELENGTH_M, **dict(zip(("Z", "logC", "P", "fPDR"), grids, strict=True))},
        {"Llambda": light},
        ["log", "log", "lin", "log", "lin"],
        ["lin"],
    )
    grey = {"sigmaabs": 4e-26, "sigmasca": 1e-26, "g": 0.25, "mu": 1e-29}
    write_stab(
        folder / DUST,
        {"lambda": np.array([1e-8, 1e-4])},
        {name: np.full(2, value) for name, value in grey.items()},
        quantity_scales=["log", "log", "lin", "lin"],
    )
    for k, name in enumerate(BANDS):
        x = np.linspace(0.4, 0.5, 11) * 1e-6 + 1e-7 * k
        write_stab(folder / name, {"lambda": x}, {"T": np.ones(11)}, ["lin"], ["lin"])
    if without:
        (folder / without).unlink()
