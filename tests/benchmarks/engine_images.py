"""The reference galaxy by SKIRT 9 and by the embedded engine, side by side.

``python tests/benchmarks/engine_images.py SKIRT_REFERENCE FIGURE.png [PACKETS]``: total and
scattered light in r, and what dust leaves of the light in each 8x8-pixel bin, in both directions.
"""

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
DIRECTIONS = {"xy": "face-on", "xz": "edge-on"}


def images(folder: Path, stem: str) -> dict[str, np.ndarray]:
    """Return the r-band images of one program and direction."""
    kinds = ("total", "transparent", "primaryscattered")
    return {kind: fits.getdata(folder / f"{stem}_{kind}.fits")[BAND] for kind in kinds}


def binned(image: np.ndarray) -> np.ndarray:
    """Return sums over 8x8 pixels."""
    return image.reshape(16, 8, 16, 8).sum(axis=(1, 3))


def draw(reference: Path, ours: Path, path: Path) -> None:
    """Draw three pairs of images for each direction."""
    figure, axes = plt.subplots(2, 6, figsize=(13, 4.6), layout="constrained")
    for row, (direction, title) in zip(axes, DIRECTIONS.items(), strict=True):
        pair = (
            images(reference, f"ext_{direction}"),
            images(ours, f"tng_ref_ext_sdss_{direction}"),
        )
        top = pair[0]["total"].max()
        for column, (name, one) in enumerate(zip(("SKIRT 9", "embedded"), pair, strict=True)):
            for k, kind in enumerate(("total", "primaryscattered")):
                scale = top if kind == "total" else 0.2 * top
                shown = np.log10(np.clip(one[kind] / scale, 10**-3.5, 1))
                row[2 * k + column].imshow(shown, origin="lower", cmap="inferno", vmin=-3.5, vmax=0)
                row[2 * k + column].set_title(f"{name}: {kind.removeprefix('primary')}", size=9)
            light, clear = binned(one["total"]), binned(one["transparent"])
            bright = light > 0.01 * light.max()
            left = np.where(bright, light / np.where(bright, clear, 1), np.nan)
            drawn = row[4 + column].imshow(left, origin="lower", cmap="viridis", vmin=0, vmax=1.2)
            row[4 + column].set_title(f"{name}: total/transparent", size=9)
        figure.colorbar(drawn, ax=row[5], shrink=0.8)
        row[0].set_ylabel(title)
    for axis in axes.flat:
        axis.set_xticks([])
        axis.set_yticks([])
    figure.savefig(path, dpi=80)


if __name__ == "__main__":
    skirt, figure_path = Path(sys.argv[1]), Path(sys.argv[2])
    packets = sys.argv[3] if len(sys.argv) > 3 else "1e7"
    with tempfile.TemporaryDirectory() as temporary:
        text = (skirt / "tng_ref_ext.ski").read_text()
        text = text.replace('numPackets="8e6"', f'numPackets="{packets}"')
        lines = [line for line in text.splitlines() if "<SEDInstrument" not in line]
        path = Path(temporary) / "tng_ref_ext.ski"
        path.write_text("\n".join(lines))
        if main(["-i", str(skirt), "-o", temporary, str(path)]):
            sys.exit(1)
        draw(skirt, Path(temporary), figure_path)
