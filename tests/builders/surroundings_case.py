"""Programs that compute as jobs do: ``surroundings_case.py figure|network|header FOLDER``."""

import hashlib
import sys
from pathlib import Path


def figure(folder: Path) -> None:
    """Draw curves, text and an image; the files are figure.pdf and figure.png."""
    from umbra.figures import style

    # isort: split
    import numpy as np
    from matplotlib.figure import Figure

    @style.styled
    def draw() -> Figure:
        drawn = Figure(figsize=(4, 3), layout="constrained")
        left, right = drawn.subplots(1, 2)
        x = np.linspace(0.1, 100, 30000)
        left.plot(x, np.sin(x) * x, label=r"$\sin(x)\,x$, −1.5")
        left.set(title="a curve", xlabel="x", ylabel="y [kpc]")
        left.legend()
        style.finish_radius_axis(left)
        right.imshow(np.outer(x[::1000], x[::1000]))
        right.scatter([1, 2], [3, 4])
        right.text(3, 3, "naïve")
        return drawn

    style.save(draw(), pdf=folder / "figure.pdf", png=folder / "figure.png")


def network(folder: Path) -> None:
    """Train a small network; weights.txt has its weights."""
    from umbra.networks.backend import prepare_backend

    # isort: split
    import numpy as np

    from umbra.channels import ChannelSet
    from umbra.config.networks import TrainingSettings
    from umbra.dataset.reading import SplitImages
    from umbra.networks.fitting import Trainer
    from umbra.networks.losses import point_objective

    def split(rows: int, seed: int) -> SplitImages:
        rng = np.random.default_rng(seed)
        return SplitImages(
            observables=np.ones((rows, 1)),
            log10_mass_dm=np.sort(rng.normal(11, 0.3, (rows, 4)), axis=1),
            galaxy=np.arange(rows),
            realisation=np.zeros(rows, dtype=int),
            distance_mpc=np.full(rows, 10.0),
            measured_distance_mpc=np.full(rows, 10.0),
            radius_kpc=np.geomspace(1, 100, 4),
            images=rng.normal(size=(rows, 90, 90, 1)).astype(np.float32),
        )

    prepare_backend(threads=1)
    trainer = Trainer(
        training=split(4, 0),
        validation=split(2, 1),
        architecture="C",
        channel_set=ChannelSet("i", ("i",)),
        objective=point_objective(split(4, 0).log10_mass_dm),
        settings=TrainingSettings(epochs=2, batch_size=2),
    )
    trainer.run(seed=1)
    digest = hashlib.sha256()
    for weights in trainer.model.get_weights():
        digest.update(repr((weights.dtype, weights.shape)).encode() + weights.tobytes())
    (folder / "weights.txt").write_text(digest.hexdigest(), encoding="utf-8")


def header(folder: Path) -> None:
    """Read what astropy, numba and numpy make of a header, a loop and a sum; header.txt has it."""
    from umbra.environment import prepare_environment

    prepare_environment()
    import numpy as np
    from astropy.io import fits
    from numba import njit

    @njit
    def total(values):
        result = 0.0
        for value in values:
            result += value
        return result

    hdu = fits.PrimaryHDU(np.arange(4, dtype=np.uint16))
    hdu.header["OBJECT"] = "galaxy   "
    hdu.writeto(folder / "small.fits", overwrite=True)
    with fits.open(folder / "small.fits") as opened:
        found = repr((opened[0].header["OBJECT"], opened[0].data.dtype, total(np.ones(3))))
    compiled = bool(getattr(total, "signatures", None))
    (folder / "header.txt").write_text(f"{found} {compiled} {__debug__}", encoding="utf-8")


if __name__ == "__main__":
    {"figure": figure, "network": network, "header": header}[sys.argv[1]](Path(sys.argv[2]))
