"""A stand-in for the SKIRT executable: it behaves as SKIRT 9 does, and makes images of no light.

``install(folder)`` makes a folder as SKIRT's installation does, and returns the executable in it.
As SKIRT, it looks for resources beside itself, refuses a ski that its schema refuses (where the
schema is there; else a seed out of range alone), writes coloured lines with the time, and puts a
call stack after its errors, in their form (classes FatalError, System, Log, FilePaths and
SkirtCommandLineHandler of SKIRT 9).
"""

import argparse
import os
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
from astropy.io import fits

from skirt_schema import SCHEMA, Refused, Schema

EXPORTED = Path(__file__).resolve().parents[3] / "shared" / "reference" / "skirt" / SCHEMA
BUILT_IN = ("../../../git/SKIRT/resources", "../../../../git/SKIRT/resources")
PACKS = ("../../../resources", "../../../../resources")
NEEDED = ("BruzualCharlotSEDFamily_Chabrier_lr.stab", "MappingsSEDFamily.stab")
STACK = [f"skirt(+0x{number:x}) [0x55d0c8a4{number:04x}]" for number in range(12)]
SDSS_MICRON = [0.3543, 0.4770, 0.6231, 0.7625, 0.9134]


def install(folder: Path) -> Path:
    """Make an installation of SKIRT with its resources; return the executable.

    Parameters
    ----------
    folder : Path
        The folder SKIRT, as in SKIRT's instructions for its installation.
    """
    executable = folder / "release/SKIRT/main/skirt"
    (folder / "git/SKIRT/resources").mkdir(parents=True)
    (folder / "git/SKIRT/resources/version.txt").write_text("1\n")
    pack = folder / "resources/SKIRT9_Resources_Core"
    pack.mkdir(parents=True)
    for name in NEEDED:
        (pack / name).write_bytes(b"SKIRT X")
    executable.parent.mkdir(parents=True)
    executable.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from skirt_stand_in import main\nsys.exit(main(__file__))\n"
    )
    executable.chmod(0o755)
    return executable


class FatalError(Exception):
    """An error of SKIRT, in one or more lines."""


def say(text: str, sign: str = " ", colour: str = "") -> None:
    """Write a line as SKIRT does: it takes a terminal for granted if TERM is set."""
    line = f"26/11/2026 12:00:00.000 {sign} {text}\n"
    coloured = colour and "TERM" in os.environ
    sys.stdout.write(f"\x1b[{colour}m{line}\x1b[0m" if coloured else line)
    sys.stdout.flush()


def resources(executable: Path) -> dict[str, Path]:
    """Return the resources beside the executable by their names."""
    here, found = executable.resolve().parent, {}
    for place in BUILT_IN:
        for path in (here / place).rglob("*"):
            found.setdefault(path.name, path)
    if not found:
        raise FatalError(f"Could not locate built-in resources relative to '{here}/'")
    for place in PACKS:
        for path in (here / place).rglob("*"):
            found.setdefault(path.name, path)
    return found


def check(ski: Path) -> ElementTree.Element:
    """Return the root of a ski that SKIRT accepts."""
    root = ElementTree.parse(ski).getroot()
    try:
        if EXPORTED.is_file():
            Schema(EXPORTED).check(ski)
        seed = root.find(".//Random").get("seed")
        if not 0 <= int(seed) <= 1_000_000:
            raise Refused(f"Value '{seed}' for property 'seed' is out of range")
    except Refused as refused:
        raise FatalError(f"Error in XML stream '{ski}' at line 5\n{refused}") from refused
    return root


def write_images(root: ElementTree.Element, output: Path, prefix: str) -> None:
    """Write the images of instruments without any light."""
    bins = root.find(".//defaultWavelengthGrid/LogWavelengthGrid")
    count = int(bins.get("numWavelengths")) if bins is not None else 5
    wavelength = np.geomspace(0.09, 3.7, count) if bins is not None else np.array(SDSS_MICRON)
    column = fits.Column(name="GRID_POINTS", format="D", unit="micron", array=wavelength)
    for instrument in root.iter("FrameInstrument"):
        shape = (count, *(int(instrument.get(f"numPixels{axis}")) for axis in "YX"))
        image = fits.PrimaryHDU(np.zeros(shape, np.float32))
        image.header["BUNIT"] = "MJy/sr"
        name = f"{prefix}_{instrument.get('instrumentName')}_total.fits"
        hdus = fits.HDUList([image, fits.BinTableHDU.from_columns([column])])
        hdus.writeto(output / name, overwrite=True)


def simulate(arguments: argparse.Namespace, executable: Path) -> None:
    """Read a ski and its tables and write images; in emulation mode, no packets are launched."""
    say(f"Constructing a simulation from ski file '{arguments.ski}'...")
    root = check(arguments.ski)
    for folder, what in ((arguments.input, "Input"), (arguments.output, "Output")):
        if not folder.is_dir():
            raise FatalError(f"{what} path does not exist or is not a directory: {folder}")
    found = resources(executable)
    for name in NEEDED:
        if name not in found:
            raise FatalError(
                f"Could not locate resource '{name}'\n"
                "Download additional resources from www.skirt.ugent.be"
            )
    for item in (*root.iter("ParticleSource"), *root.iter("VoronoiMeshMedium")):
        table = arguments.input / item.get("filename")
        if not table.is_file():
            raise FatalError(f"Could not open the input text file {table}")
    if not arguments.emulate:
        say("Launched primary emission photon packets: 100%")
        say("This is a stand-in: it makes no light", "!", "35")
    write_images(root, arguments.output, arguments.ski.stem)


def main(executable: str) -> int:
    """Run the stand-in as it is called; return its exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-e", dest="emulate", action="store_true")
    parser.add_argument("-t", dest="threads", type=int)
    parser.add_argument("-i", dest="input", type=Path, default=Path())
    parser.add_argument("-o", dest="output", type=Path, default=Path())
    parser.add_argument("ski", type=Path)
    say("Welcome to SKIRT v9.0 (git 1facef2 built on 26/11/2026 at 12:00:00)")
    try:
        simulate(parser.parse_args(), Path(executable))
    except FatalError as error:
        lines = [*str(error).splitlines(), "On line 94 in file XmlReader.cpp"]
        lines += ["In function void XmlReader::throwError(std::string)", "Call stack:", *STACK]
        for line in lines:
            say(f"*** Error: {line}", "*", "31")
        return 1
    say("Available memory: 126 GB -- Peak memory usage: 1.2 GB (1.0%)")
    return 0
