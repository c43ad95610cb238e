"""A function for each kind of file that the package writes; each takes the path of the file.

They run in processes of their own, in which the disk is full or calls of the system fail.
"""

import numpy as np
import pandas as pd
from astropy.io import fits
from matplotlib.figure import Figure

from umbra import files
from umbra.figures.style import save
from umbra.hdf5 import create
from umbra.tables import write_table

# A script that needs larger files replaces it.
DATA = np.random.default_rng(1).random((128, 128))


def table(path):
    write_table(pd.DataFrame(DATA), path)


def text(path):
    with files.atomic(path) as temporary:
        temporary.write_text(str(DATA.tolist()))


def image(path):
    with files.atomic(path) as temporary:
        fits.PrimaryHDU(DATA).writeto(temporary)


def arrays(path):
    with files.atomic(path) as temporary:
        np.savez(temporary, data=DATA)


def fields(path):
    with create(path) as file:
        file["data"] = DATA


def folder(path):
    with files.scratch(path.with_suffix("")) as work, create(work / "part.hdf5") as file:
        file["data"] = DATA


def figure(path):
    drawing = Figure()
    drawing.subplots().imshow(DATA)
    save(drawing, pdf=path, png=path.with_suffix(".png"))


def network(path):
    import keras

    layers = [keras.Input((len(DATA),)), keras.layers.Dense(len(DATA))]
    with files.atomic(path) as temporary:
        keras.Sequential(layers).save(temporary)
