"""The reference galaxies by SKIRT 9 and by the embedded engine, side by side.

``python tests/benchmarks/engine_images.py REFERENCE FIGURE.png [PACKETS]``: total and scattered
light in r, and what dust leaves of the light in each 8x8-pixel bin, of `skirt` and `skirt_clumpy`
in the folder REFERENCE.
"""

import gzip
import re
import sys
import tempfile
from pathlib import Path

import matplotlib
import numpy as np
from astropy.io import fits

from umbra.skirt_engine.cli import main

matplotlib.use("Agg")
import matplotlib.pyplot as plt

BAND = 2
# Folder, ski, and for each view the stems of SKIRT's files and of ours.
GALAXIES = {
    "skirt": (
        "tng_ref_ext.ski",
        {
            "face-on": ("ext_xy", "tng_ref_ext_sdss_xy"),
            "edge-on": ("ext_xz", "tng_ref_ext_sdss_xz"),
        },
    ),
    "skirt_clumpy": (
        "galaxy.ski",
        {"18 deg": ("skirt_r0", "galaxy_r0"), "87 deg": ("skirt_r1", "galaxy_r1")},
    ),
}


def images(folder: Path, stem: str) -> dict[str, np.ndarray]:
    """Return the r-band images of one program and direction."""
    kinds = ("total", "transparent", "primaryscattered")
    return {kind: fits.getdata(folder / f"{stem}_{kind}.fits")[BAND] for kind in kinds}


def binned(image: np.ndarray) -> np.ndarray:
    """Return sums over 8x8 pixels."""
    return image.reshape(16, 8, 16, 8).sum(axis=(1, 3))


def draw_row(axes: np.ndarray, pair: tuple[dict, dict]) -> matplotlib.cm.ScalarMappable:
    """Draw three pairs of images; return what the last colour bar is for."""
    top = pair[0]["total"].max()
    for column, (name, one) in enumerate(zip(("SKIRT 9", "embedded"), pair, strict=True)):
        for k, kind in enumerate(("total", "primaryscattered")):
            scale = top if kind == "total" else 0.2 * top
            shown = np.log10(np.clip(one[kind] / scale, 10**-3.5, 1))
            axes[2 * k + column].imshow(shown, origin="lower", cmap="inferno", vmin=-3.5, vmax=0)
            axes[2 * k + column].set_title(f"{name}: {kind.removeprefix('primary')}", size=9)
        light, clear = binned(one["total"]), binned(one["transparent"])
        bright = light > 0.01 * light.max()
        left = np.where(bright, light / np.where(bright, clear, 1), np.nan)
        drawn = axes[4 + column].imshow(left, origin="lower", cmap="viridis", vmin=0, vmax=1.2)
        axes[4 + column].set_title(f"{name}: total/transparent", size=9)
    return drawn


def unpacked(reference: Path, folder: Path, ski: str, packets: str) -> Path:
    """Copy a reference with frames alone and this many packets; return the path of its ski."""
    for path in reference.iterdir():
        data = path.read_bytes()
        target = folder / (path.stem if path.suffix == ".gz" else path.name)
        target.write_bytes(gzip.decompress(data) if path.suffix == ".gz" else data)
    text = re.sub('numPackets="[^"]*"', f'numPackets="{packets}"', (folder / ski).read_text())
    lines = [line for line in text.splitlines() if "<SEDInstrument" not in line]
    (folder / ski).write_text("\n".join(lines))
    return folder / ski


def draw(references: Path, path: Path, packets: str) -> None:
    """Run the engine on both galaxies, and draw a row for each view."""
    figure, axes = plt.subplots(4, 6, figsize=(13, 9.2), layout="constrained")
    rows = iter(axes)
    for name, (ski, views) in GALAXIES.items():
        with tempfile.TemporaryDirectory() as given, tempfile.TemporaryDirectory() as made:
            ski_path = unpacked(references / name, Path(given), ski, packets)
            if main(["-i", given, "-o", made, str(ski_path)]):
                sys.exit(1)
            for view, (theirs, ours) in views.items():
                row = next(rows)
                drawn = draw_row(row, (images(Path(given), theirs), images(Path(made), ours)))
                figure.colorbar(drawn, ax=row[5], shrink=0.8)
                row[0].set_ylabel(f"{name}, {view}")
    for axis in axes.flat:
        axis.set_xticks([])
        axis.set_yticks([])
    figure.savefig(path, dpi=80, bbox_inches="tight")


if __name__ == "__main__":
    draw(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "1e7")
