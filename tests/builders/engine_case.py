"""Small skis and tables for the tests of the embedded engine."""

from pathlib import Path

import numpy as np

HEADER = {
    "stars.txt": "x (pc);y (pc);z (pc);h (pc);mass (Msun);metallicity (1);age (yr)",
    "young.txt": "x (pc);y (pc);z (pc);h (pc);sfr (Msun/yr);Z (1);logC (1);P (Pa);fPDR (1)",
    "gas.txt": "x (pc);y (pc);z (pc);density (Msun/pc3);metallicity (1);temperature (K)",
}
BANDS = (
    '<PredefinedBandWavelengthGrid includeGALEX="false" includeSDSS="true" include2MASS="false"'
    ' includeWISE="false" includeHERSCHEL="false"/>'
)
LOG_GRID = (
    '<LogWavelengthGrid minWavelength="0.09 micron" maxWavelength="100 micron"'
    ' numWavelengths="1000"/>'
)


def table(folder: Path, name: str, rows) -> None:
    """Write a column file with SKIRT's header."""
    titles = HEADER[name].split(";")
    header = "\n".join(f"column {k}: {title}" for k, title in enumerate(titles, 1))
    np.savetxt(folder / name, np.atleast_2d(rows), header=header)


def instrument(
    name: str = "v",
    *,
    kind: str = "FrameInstrument",
    angles: tuple = (0, 0, 90),
    field: float = 16000,
    pixels: int = 32,
    components: bool = True,
    grid: str = BANDS,
) -> str:
    """Return an instrument at 10 Mpc."""
    frame = "".join(
        f' fieldOfView{axis}="{field} pc" numPixels{axis}="{pixels}" center{axis}="0 pc"'
        for axis in "XY"
    )
    return (
        f'<{kind} instrumentName="{name}" distance="10 Mpc" inclination="{angles[0]} deg"'
        f' azimuth="{angles[1]} deg" roll="{angles[2]} deg"'
        f' recordComponents="{str(components).lower()}"'
        + (frame if kind != "SEDInstrument" else ' radius="0 pc"')
        + f'><wavelengthGrid type="WavelengthGrid">{grid}</wavelengthGrid></{kind}>'
    )


def ski(
    folder: Path,
    instruments: list[str],
    *,
    stars: bool = True,
    young: bool = False,
    dust: bool = False,
    box: float = 10000,
) -> Path:
    """Write galaxy.ski; return its path."""
    families = [('stars.txt"', '<BruzualCharlotSEDFamily imf="Chabrier" resolution="Low"/>', stars)]
    families.append(('young.txt"', "<MappingsSEDFamily/>", young))
    sources = "".join(
        f'<ParticleSource filename="{name}><smoothingKernel type="SmoothingKernel">'
        f'<CubicSplineSmoothingKernel/></smoothingKernel><sedFamily type="SEDFamily">{family}'
        "</sedFamily></ParticleSource>"
        for name, family, present in families
        if present
    )
    limits = " ".join(f'min{a}="{-box} pc" max{a}="{box} pc"' for a in "XYZ")
    medium = (
        '<mediumSystem type="MediumSystem"><MediumSystem><media type="Medium">'
        f'<VoronoiMeshMedium filename="gas.txt" {limits} massType="MassDensity" massFraction="0.3"'
        ' importMetallicity="true" importTemperature="true" maxTemperature="75000 K">'
        '<materialMix type="MaterialMix"><ZubkoDustMix/></materialMix></VoronoiMeshMedium></media>'
        f'<grid type="SpatialGrid"><VoronoiMeshSpatialGrid {limits} policy="ImportedMesh"/></grid>'
        "</MediumSystem></mediumSystem>"
    )
    mode = "ExtinctionOnly" if dust else "NoMedium"
    path = folder / "galaxy.ski"
    path.write_text(
        '<?xml version="1.0"?><skirt-simulation-hierarchy type="MonteCarloSimulation" format="9">'
        f'<MonteCarloSimulation simulationMode="{mode}" numPackets="1e6">'
        '<sourceSystem type="SourceSystem"><SourceSystem minWavelength="0.09 micron"'
        f' maxWavelength="100 micron"><sources type="Source">{sources}</sources></SourceSystem>'
        f"</sourceSystem>{medium if dust else ''}"
        '<instrumentSystem type="InstrumentSystem"><InstrumentSystem><instruments'
        f' type="Instrument">{"".join(instruments)}</instruments></InstrumentSystem>'
        "</instrumentSystem></MonteCarloSimulation></skirt-simulation-hierarchy>\n"
    )
    return path
