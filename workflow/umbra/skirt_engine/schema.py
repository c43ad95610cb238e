"""Every item, property and attribute of a ski that this engine knows, with SKIRT's own limits.

Bases, defaults, bounds and choices are those of SKIRT 9, as its command ``skirt -x`` exports them.
An attribute is used, or has no effect (`free`: settings of SKIRT's Monte Carlo method), or may only
have values for which the result of this engine is correct (`only`). Anything that is not declared
here is an error, and so is a value that SKIRT refuses.
"""

from dataclasses import replace

from umbra.skirt_engine.ski_rules import BOOL, DOUBLE, ENUM, INT, TEXT, Item, Property, Rule


def _real(default: str | None = None, low: str = "", high: str = "", quantity: str = "") -> Rule:
    return Rule(DOUBLE, default, low, high, quantity)


def _whole(default: str | None = None, low: str = "", high: str = "", only: str = "") -> Rule:
    return Rule(INT, default, low, high, only=(only,) if only else ())


def _wavelength(default: str | None = None) -> Rule:
    return _real(default, "1 pm", "1 m", "wavelength")


def _choice(choices: str, default: str, only: str = "") -> Rule:
    return Rule(ENUM, default, choices=tuple(choices.split()), only=tuple(only.split()))


def _flag(default: str, only: str = "") -> Rule:
    return Rule(BOOL, default, only=(only,) if only else ())


def _false(*names: str) -> dict[str, Rule]:
    return {name: _flag("false", only="false") for name in names}


def _free(**rules: Rule) -> dict[str, Rule]:
    return {name: replace(rule, free=True) for name, rule in rules.items()}


_NAME, _COLUMNS = Rule(TEXT), Rule(TEXT, "", only=("",))
_FRACTION = _real("0.5", "[0", "1]")
_WEIGHT = _real("1", "]0", "1000]")
_SIZES, _SAMPLES = _whole("5", "1"), ("1", "10000")
_BOX = {f"{end}{axis}": _real(quantity="length") for axis in "XYZ" for end in ("min", "max")}
_ANY_GRID = ("LogWavelengthGrid", "PredefinedBandWavelengthGrid")
_RANGE_GRID = Property("DisjointWavelengthGrid", ("LogWavelengthGrid",))
_WAVELENGTH_GRID = {"wavelengthGrid": Property("WavelengthGrid", _ANY_GRID)}
_BIAS = {
    "wavelengthBiasDistribution": Property("WavelengthDistribution", ("LogWavelengthDistribution",))
}
_INSTRUMENT = {
    "instrumentName": _NAME,
    "distance": _real(None, "[0", quantity="distance"),
    "inclination": _real("0 deg", "0 deg", "180 deg", "posangle"),
    "azimuth": _real("0 deg", "-360 deg", "360 deg", "posangle"),
    "roll": _real("0 deg", "-360 deg", "360 deg", "posangle"),
    "recordComponents": _flag("false"),
    "numScatteringLevels": _whole("0", "0", "99", only="0"),
    **_false("recordPolarization"),
    "recordStatistics": _flag("false"),
}
_FRAME = {
    **_INSTRUMENT,
    **{f"fieldOfView{axis}": _real(None, "]0", quantity="length") for axis in "XY"},
    **{f"numPixels{axis}": _whole("250", "1", "10000") for axis in "XY"},
    **{f"center{axis}": _real("0", quantity="length") for axis in "XY"},
}
_MODES = (
    "OligoNoMedium OligoExtinctionOnly NoMedium ExtinctionOnly LyaExtinctionOnly DustEmission"
    " GasEmission DustAndGasEmission"
)
_MASS_TYPES = "MassDensity Mass MassDensityAndMass NumberDensity Number NumberDensityAndNumber"
_POLICIES = (
    "Uniform CentralPeak DustDensity ElectronDensity GasDensity File ImportedSites ImportedMesh"
)

ITEMS: dict[str, Item] = {
    "MonteCarloSimulation": Item(
        {
            "simulationMode": _choice(
                _MODES, "ExtinctionOnly", only="DustEmission ExtinctionOnly NoMedium"
            ),
            "numPackets": _real("1e6", "[0", "1e19]"),
            **_free(
                userLevel=_choice("Basic Regular Expert", "Regular"),
                iteratePrimaryEmission=_flag("false"),
                iterateSecondaryEmission=_flag("false"),
            ),
        },
        {
            "random": Property("Random", ("Random",)),
            "units": Property("Units", ("ExtragalacticUnits",)),
            "cosmology": Property("Cosmology", ("LocalUniverseCosmology",)),
            "sourceSystem": Property("SourceSystem", ("SourceSystem",)),
            "mediumSystem": Property("MediumSystem", ("MediumSystem",)),
            "instrumentSystem": Property("InstrumentSystem", ("InstrumentSystem",)),
            "probeSystem": Property("ProbeSystem", ("ProbeSystem",)),
        },
    ),
    "Random": Item({"seed": _whole("0", "0", "1000000")}),
    "ExtragalacticUnits": Item(
        {
            "wavelengthOutputStyle": _choice(
                "Wavelength Frequency Energy", "Wavelength", only="Wavelength"
            ),
            "fluxOutputStyle": _choice(
                "Neutral Wavelength Frequency Energy",
                "wavelengthOutputStyleEnergy:Energy;Frequency",
                only="Frequency",
            ),
        }
    ),
    "LocalUniverseCosmology": Item(),
    "SourceSystem": Item(
        {
            "minWavelength": _wavelength("0.09 micron"),
            "maxWavelength": _wavelength("100 micron"),
            **_free(sourceBias=_FRACTION),
        },
        {"sources": Property("Source", ("ParticleSource",), many=True)},
    ),
    "ParticleSource": Item(
        {
            "filename": _NAME,
            "useColumns": _COLUMNS,
            **_false("importVelocity", "importVelocityDispersion", "importCurrentMass"),
            **_false("importBias"),
            **_free(sourceWeight=_WEIGHT, wavelengthBias=_FRACTION),
        },
        {
            "smoothingKernel": Property("SmoothingKernel", ("CubicSplineSmoothingKernel",)),
            "sedFamily": Property("SEDFamily", ("BruzualCharlotSEDFamily", "MappingsSEDFamily")),
            **_BIAS,
        },
    ),
    "CubicSplineSmoothingKernel": Item(),
    "BruzualCharlotSEDFamily": Item(
        {
            "imf": _choice("Chabrier Salpeter", "Chabrier", only="Chabrier"),
            "resolution": _choice("Low High", "Low"),
        }
    ),
    "MappingsSEDFamily": Item(),
    "LogWavelengthDistribution": Item(
        _free(minWavelength=_wavelength("1 pm"), maxWavelength=_wavelength("1 m"))
    ),
    "MediumSystem": Item(
        {},
        {
            "photonPacketOptions": Property("PhotonPacketOptions", ("PhotonPacketOptions",)),
            "radiationFieldOptions": Property("RadiationFieldOptions", ("RadiationFieldOptions",)),
            "secondaryEmissionOptions": Property(
                "SecondaryEmissionOptions", ("SecondaryEmissionOptions",)
            ),
            "dustEmissionOptions": Property("DustEmissionOptions", ("DustEmissionOptions",)),
            "media": Property("Medium", ("VoronoiMeshMedium",), many=True),
            "samplingOptions": Property("SamplingOptions", ("SamplingOptions",)),
            "grid": Property("SpatialGrid", ("VoronoiMeshSpatialGrid",)),
        },
    ),
    "PhotonPacketOptions": Item(
        _free(
            explicitAbsorption=_flag("false"),
            forceScattering=_flag("Lya:false;true"),
            minWeightReduction=_real("1e4", "[1e3"),
            minScattEvents=_whole("0", "0", "1000"),
            pathLengthBias=_real("(ForceScattering)&(!Lya):0.5;0", "[0", "1]"),
        )
    ),
    "RadiationFieldOptions": Item(
        _free(storeRadiationField=_flag("Emission|IteratePrimary:true;false")),
        {"radiationFieldWLG": _RANGE_GRID},
    ),
    "SecondaryEmissionOptions": Item(
        _free(
            storeEmissionRadiationField=_flag("false"),
            secondaryPacketsMultiplier=_WEIGHT,
            spatialBias=_FRACTION,
            sourceBias=_FRACTION,
        )
    ),
    "DustEmissionOptions": Item(
        _free(
            dustEmissionType=_choice("Equilibrium Stochastic", "Equilibrium"),
            includeHeatingByCMB=_flag("false"),
            sourceWeight=_WEIGHT,
            wavelengthBias=_FRACTION,
        ),
        {
            "cellLibrary": Property("SpatialCellLibrary", ("AllCellsLibrary",)),
            "dustEmissionWLG": _RANGE_GRID,
            **_BIAS,
        },
    ),
    "AllCellsLibrary": Item(),
    "SamplingOptions": Item(
        _free(numDensitySamples=_whole("100", *_SAMPLES), numPropertySamples=_whole("1", *_SAMPLES))
    ),
    "VoronoiMeshMedium": Item(
        {
            "filename": _NAME,
            **_BOX,
            "massType": _choice(_MASS_TYPES, "MassDensity", only="MassDensity"),
            "massFraction": _real("1", "[0", "1]"),
            "importMetallicity": _flag("false"),
            "importTemperature": _flag("false"),
            "maxTemperature": _real("0 K", "[0 K", "1000000 K]", "temperature"),
            **_false("importVelocity", "importMagneticField", "importVariableMixParams"),
            "useColumns": _COLUMNS,
        },
        {"materialMix": Property("MaterialMix", ("ZubkoDustMix",))},
    ),
    "ZubkoDustMix": Item(
        _free(numSilicateSizes=_SIZES, numGraphiteSizes=_SIZES, numPAHSizes=_SIZES)
    ),
    "VoronoiMeshSpatialGrid": Item(
        {**_BOX, "policy": _choice(_POLICIES, "DustDensity", only="ImportedMesh")}
    ),
    "InstrumentSystem": Item(
        {},
        {
            "defaultWavelengthGrid": Property("WavelengthGrid", _ANY_GRID),
            "instruments": Property(
                "Instrument", ("FrameInstrument", "FullInstrument", "SEDInstrument"), many=True
            ),
        },
    ),
    "FrameInstrument": Item(_FRAME, _WAVELENGTH_GRID),
    "FullInstrument": Item(_FRAME, _WAVELENGTH_GRID),
    "SEDInstrument": Item(
        {**_INSTRUMENT, "radius": _real("0", "[0", quantity="length")}, _WAVELENGTH_GRID
    ),
    "LogWavelengthGrid": Item(
        {
            "minWavelength": _wavelength(),
            "maxWavelength": _wavelength(),
            "numWavelengths": _whole("25", "2"),
        }
    ),
    "PredefinedBandWavelengthGrid": Item(
        {
            "includeSDSS": _flag("true", only="true"),
            **{f"include{name}": _flag("true", only="false") for name in ("GALEX", "2MASS")},
            **{
                f"include{name}": _flag("DustEmission:true;false", only="false")
                for name in ("WISE", "HERSCHEL")
            },
        }
    ),
    "ProbeSystem": Item(
        {},
        {
            "probes": Property(
                "Probe", ("ConvergenceInfoProbe", "InstrumentWavelengthGridProbe"), many=True
            )
        },
    ),
    "ConvergenceInfoProbe": Item(
        _free(
            probeName=_NAME,
            wavelength=_wavelength("0.55 micron"),
            probeAfter=_choice("Setup Run", "Setup"),
        )
    ),
    "InstrumentWavelengthGridProbe": Item(_free(probeName=_NAME)),
}
