"""Every item, property and attribute of a ski that this engine knows.

An attribute is used, or has no effect (`FREE`: settings of SKIRT's Monte Carlo method), or may only
have values for which the result of this engine is correct. Anything that is not declared here is an
error.
"""

from dataclasses import dataclass, field

FREE = "free"
TEXT = "text"
NUMBER = "number"
COUNT = "count"
LENGTH = "length"
ANGLE = "angle"
TEMPERATURE = "temperature"

FALSE = ("false",)
EITHER = ("false", "true")


@dataclass(frozen=True)
class Rule:
    """One attribute.

    Parameters
    ----------
    kind : str or tuple of str
        Kind of its value, or the allowed values.
    default : str or None
        None if the ski must give it.
    """

    kind: str | tuple[str, ...]
    default: str | None = None


@dataclass(frozen=True)
class Item:
    """One item.

    Parameters
    ----------
    attributes : dict of str to Rule
        Its attributes.
    properties : dict of str to tuple of str
        Items that each of its properties may contain.
    """

    attributes: dict[str, Rule] = field(default_factory=dict)
    properties: dict[str, tuple[str, ...]] = field(default_factory=dict)


def _free(*names: str) -> dict[str, Rule]:
    return {name: Rule(FREE, "") for name in names}


def _false(*names: str) -> dict[str, Rule]:
    return {name: Rule(FALSE, "false") for name in names}


_BOX = {f"{end}{axis}": Rule(LENGTH) for axis in "XYZ" for end in ("min", "max")}
_GRIDS = ("LogWavelengthGrid", "PredefinedBandWavelengthGrid")
_BIAS = {"wavelengthBiasDistribution": ("LogWavelengthDistribution",)}
_INSTRUMENT = {
    "instrumentName": Rule(TEXT),
    "distance": Rule(LENGTH),
    "inclination": Rule(ANGLE, "0 deg"),
    "azimuth": Rule(ANGLE, "0 deg"),
    "roll": Rule(ANGLE, "0 deg"),
    "recordComponents": Rule(EITHER, "false"),
    "numScatteringLevels": Rule(("0",), "0"),
    **_false("recordPolarization"),
    "recordStatistics": Rule(EITHER, "false"),
}
_FRAME = {
    **_INSTRUMENT,
    "fieldOfViewX": Rule(LENGTH),
    "numPixelsX": Rule(COUNT),
    "centerX": Rule(LENGTH, "0 pc"),
    "fieldOfViewY": Rule(LENGTH),
    "numPixelsY": Rule(COUNT),
    "centerY": Rule(LENGTH, "0 pc"),
}
_WAVELENGTH_GRID = {"wavelengthGrid": _GRIDS}

ITEMS: dict[str, Item] = {
    "MonteCarloSimulation": Item(
        {
            "simulationMode": Rule(
                ("DustEmission", "ExtinctionOnly", "NoMedium"), "ExtinctionOnly"
            ),
            "numPackets": Rule(NUMBER, "1e6"),
            **_free("userLevel", "iteratePrimaryEmission", "iterateSecondaryEmission"),
        },
        {
            "random": ("Random",),
            "units": ("ExtragalacticUnits",),
            "cosmology": ("LocalUniverseCosmology",),
            "sourceSystem": ("SourceSystem",),
            "mediumSystem": ("MediumSystem",),
            "instrumentSystem": ("InstrumentSystem",),
            "probeSystem": ("ProbeSystem",),
        },
    ),
    "Random": Item({"seed": Rule(NUMBER, "0")}),
    "ExtragalacticUnits": Item(
        {
            "wavelengthOutputStyle": Rule(("Wavelength",), "Wavelength"),
            "fluxOutputStyle": Rule(("Frequency",), "Frequency"),
        }
    ),
    "LocalUniverseCosmology": Item(),
    "SourceSystem": Item(
        {"minWavelength": Rule(LENGTH), "maxWavelength": Rule(LENGTH), **_free("sourceBias")},
        {"sources": ("ParticleSource",)},
    ),
    "ParticleSource": Item(
        {
            "filename": Rule(TEXT),
            "useColumns": Rule(("",), ""),
            **_false("importVelocity", "importVelocityDispersion", "importCurrentMass"),
            **_false("importBias"),
            **_free("sourceWeight", "wavelengthBias"),
        },
        {
            "smoothingKernel": ("CubicSplineSmoothingKernel",),
            "sedFamily": ("BruzualCharlotSEDFamily", "MappingsSEDFamily"),
            **_BIAS,
        },
    ),
    "CubicSplineSmoothingKernel": Item(),
    "BruzualCharlotSEDFamily": Item(
        {"imf": Rule(("Chabrier",), "Chabrier"), "resolution": Rule(("Low", "High"), "Low")}
    ),
    "MappingsSEDFamily": Item(),
    "LogWavelengthDistribution": Item(_free("minWavelength", "maxWavelength")),
    "MediumSystem": Item(
        {},
        {
            "photonPacketOptions": ("PhotonPacketOptions",),
            "radiationFieldOptions": ("RadiationFieldOptions",),
            "secondaryEmissionOptions": ("SecondaryEmissionOptions",),
            "dustEmissionOptions": ("DustEmissionOptions",),
            "media": ("VoronoiMeshMedium",),
            "samplingOptions": ("SamplingOptions",),
            "grid": ("VoronoiMeshSpatialGrid",),
        },
    ),
    "PhotonPacketOptions": Item(
        _free("explicitAbsorption", "forceScattering", "minWeightReduction", "minScattEvents")
        | _free("pathLengthBias")
    ),
    "RadiationFieldOptions": Item(
        _free("storeRadiationField"), {"radiationFieldWLG": ("LogWavelengthGrid",)}
    ),
    "SecondaryEmissionOptions": Item(
        _free("storeEmissionRadiationField", "secondaryPacketsMultiplier", "spatialBias")
        | _free("sourceBias")
    ),
    "DustEmissionOptions": Item(
        _free("dustEmissionType", "includeHeatingByCMB", "sourceWeight", "wavelengthBias"),
        {
            "cellLibrary": ("AllCellsLibrary",),
            "dustEmissionWLG": ("LogWavelengthGrid",),
            **_BIAS,
        },
    ),
    "AllCellsLibrary": Item(),
    "SamplingOptions": Item(_free("numDensitySamples", "numPropertySamples")),
    "VoronoiMeshMedium": Item(
        {
            "filename": Rule(TEXT),
            **_BOX,
            "massType": Rule(("MassDensity",), "MassDensity"),
            "massFraction": Rule(NUMBER, "1"),
            "importMetallicity": Rule(EITHER, "false"),
            "importTemperature": Rule(EITHER, "false"),
            "maxTemperature": Rule(TEMPERATURE, "0 K"),
            **_false("importVelocity", "importMagneticField", "importVariableMixParams"),
            "useColumns": Rule(("",), ""),
        },
        {"materialMix": ("ZubkoDustMix",)},
    ),
    "ZubkoDustMix": Item(_free("numSilicateSizes", "numGraphiteSizes", "numPAHSizes")),
    "VoronoiMeshSpatialGrid": Item({**_BOX, "policy": Rule(("ImportedMesh",))}),
    "InstrumentSystem": Item(
        {},
        {
            "defaultWavelengthGrid": _GRIDS,
            "instruments": ("FrameInstrument", "FullInstrument", "SEDInstrument"),
        },
    ),
    "FrameInstrument": Item(_FRAME, _WAVELENGTH_GRID),
    "FullInstrument": Item(_FRAME, _WAVELENGTH_GRID),
    "SEDInstrument": Item({**_INSTRUMENT, "radius": Rule(LENGTH, "0 pc")}, _WAVELENGTH_GRID),
    "LogWavelengthGrid": Item(
        {
            "minWavelength": Rule(LENGTH),
            "maxWavelength": Rule(LENGTH),
            "numWavelengths": Rule(COUNT),
        }
    ),
    "PredefinedBandWavelengthGrid": Item(
        {
            "includeSDSS": Rule(("true",), "true"),
            **{f"include{name}": Rule(FALSE, "true") for name in ("GALEX", "2MASS")},
            **{f"include{name}": Rule(FALSE, "false") for name in ("WISE", "HERSCHEL")},
        }
    ),
    "ProbeSystem": Item({}, {"probes": ("ConvergenceInfoProbe", "InstrumentWavelengthGridProbe")}),
    "ConvergenceInfoProbe": Item(_free("probeName", "wavelength", "probeAfter")),
    "InstrumentWavelengthGridProbe": Item(_free("probeName")),
}
