"""One simulation: read the tables of a ski, compute the light, write SKIRT's files."""

import dataclasses
from pathlib import Path

import numpy as np

from umbra.skirt_engine import columns, dust_grid, light, octree, output, scatter
from umbra.skirt_engine.library import Library
from umbra.skirt_engine.sampling import Sampler
from umbra.skirt_engine.ski import STELLAR_FAMILY, Instrument, Ski, Source


def _read_source(source: Source, folder: Path, library: Library) -> light.Emitters:
    """Read the particles of one source."""
    path = folder / source.filename
    if source.family == STELLAR_FAMILY:
        table = columns.read_columns(path, columns.POPULATION_COLUMNS)
        rows, weights = library.populations(table)
    else:
        table = columns.read_columns(path, columns.REGION_COLUMNS)
        rows, weights = library.star_forming(table)
    return light.Emitters(np.ascontiguousarray(table[:3].T), table[3], rows, weights)


def _join(parts: list[light.Emitters]) -> light.Emitters:
    """Return the particles of all sources."""
    if not parts:
        return light.Emitters(
            np.empty((0, 3)), np.empty(0), np.empty((0, 4), np.int32), np.empty((0, 4))
        )
    return light.Emitters(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("position_pc", "radius_pc", "rows", "weights")
        )
    )


def _write_image(
    instrument: Instrument,
    made: light.Light,
    stem: Path,
    wavelength: np.ndarray,
    has_dust: bool,
) -> None:
    parts = {"total": made.total}
    if instrument.record_components and has_dust:
        parts["transparent"] = made.transparent
        parts["primaryscattered"] = made.scattered
        parts["primarydirect"] = made.direct
    for name, values in parts.items():
        output.write_cube(
            stem.with_name(f"{stem.name}_{name}.fits"),
            light_w_m=values,
            wavelength_micron=wavelength,
            instrument=instrument,
        )


def _write_sed(
    instrument: Instrument,
    made: light.Light,
    stem: Path,
    wavelength: np.ndarray,
    has_dust: bool,
) -> None:
    zero = np.zeros_like(made.direct)
    parts = {"total flux": made.total}
    if instrument.record_components:
        parts |= {
            "transparent flux": made.transparent,
            "direct primary flux": made.direct if has_dust else zero,
            "scattered primary flux": made.scattered,
            "direct secondary flux": zero,
            "scattered secondary flux": zero,
            "transparent secondary flux": zero,
        }
    output.write_sed(
        stem.with_name(f"{stem.name}_sed.dat"),
        columns=parts,
        wavelength_micron=wavelength,
        instrument=instrument,
    )


def _scene(
    ski: Ski,
    emitters: light.Emitters,
    tree: octree.Octree | None,
    spectral: tuple[Sampler, np.ndarray],
    threads: int,
    log: output.Log,
) -> light.Scene:
    """Return sources, dust and scattering events for instruments with one wavelength grid."""
    sampler, rows = spectral
    scene = light.Scene(emitters, rows, sampler.wavelength_micron, tree, None, threads)
    if tree is None:
        return scene
    packets = scatter.packets_of(ski.packets)
    if packets == scatter.MAX_PACKETS:
        log.info(f"numPackets is limited to {packets * scatter.PACKETS_PER_PACKET:.2g}", "!")
    with output.Progress(log, f"photon packets in {len(sampler.wavelength_micron)} bins") as shown:
        events = scatter.scattering_events(
            emitters=emitters,
            spectra=rows,
            wavelength_micron=sampler.wavelength_micron,
            tree=tree,
            packets=packets,
            seed=ski.seed,
            threads=threads,
            progress=shown.update,
        )
    count = 0 if events is None else len(events.star)
    cpu = f"{output.cpu_seconds():.1f} s CPU"
    log.info(f"{packets} photon packets scattered in {count} places ({cpu})")
    return dataclasses.replace(scene, events=events)


def simulate(
    ski: Ski, *, input_folder: Path, output_folder: Path, threads: int, log: output.Log
) -> None:
    """Compute and write the images and spectra of all instruments of a ski.

    Parameters
    ----------
    ski : Ski
        The simulation.
    input_folder : Path
        Folder of the tables.
    output_folder : Path
        Folder of the files to write; it must exist.
    threads : int
        Number of threads; no file depends on it.
    log : output.Log
        The log.

    Raises
    ------
    InputError
        If a table is missing or wrong.
    """
    for note in ski.notes:
        log.info(note, "!")
    library = Library.of(ski)
    log.info(library.origin())
    parts = []
    for source in ski.sources:
        parts.append(_read_source(source, input_folder, library))
        log.info(f"Read {len(parts[-1].radius_pc)} particles of {source.family}: {source.filename}")
    emitters = _join(parts)
    tree = dust_grid.build(ski, input_folder, threads, log)
    scenes = {}
    for instrument in ski.instruments:
        if instrument.grid not in scenes:
            spectral = library.spectra(instrument.grid)
            scenes[instrument.grid] = _scene(ski, emitters, tree, spectral, threads, log)
        scene = scenes[instrument.grid]
        stem = output_folder / f"{ski.prefix}_{instrument.name}"
        if instrument.pixels[0]:
            with output.Progress(log, f"image {instrument.name}") as shown:
                made = light.image(instrument, scene, progress=shown.update)
            _write_image(instrument, made, stem, scene.wavelength_micron, tree is not None)
        if instrument.kind != "FrameInstrument":
            pixel = ski.finest_pixel_pc
            with output.Progress(log, f"spectrum {instrument.name}") as shown:
                made = light.spectrum(instrument, scene, pixel_pc=pixel, progress=shown.update)
            _write_sed(instrument, made, stem, scene.wavelength_micron, tree is not None)
        cpu = f"{output.cpu_seconds():.1f} s CPU"
        log.info(f"{instrument.kind} {instrument.name} wrote its files ({cpu})")
