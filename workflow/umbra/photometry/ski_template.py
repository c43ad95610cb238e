"""The text of a ski file, SKIRT 9's description of a simulation, with places for the values.

SKIRT rejects a ski file that has even one unknown attribute. So the text here is that of a file
that SKIRT accepts, and only values are filled in.
"""

SKI_TEXT = """<?xml version="1.0" encoding="UTF-8"?>
<skirt-simulation-hierarchy type="MonteCarloSimulation" format="9" producer="umbra">
  <MonteCarloSimulation userLevel="Expert" simulationMode="{mode}" \
iteratePrimaryEmission="false" iterateSecondaryEmission="false" numPackets="{packets}">
    <random type="Random"><Random seed="{seed}"/></random>
    <units type="Units">
      <ExtragalacticUnits wavelengthOutputStyle="Wavelength" fluxOutputStyle="Frequency"/>
    </units>
    <cosmology type="Cosmology"><LocalUniverseCosmology/></cosmology>
    <sourceSystem type="SourceSystem">
      <SourceSystem minWavelength="{shortest} micron" maxWavelength="{longest} micron" \
sourceBias="0.5">
        <sources type="Source">{sources}
        </sources>
      </SourceSystem>
    </sourceSystem>
    <mediumSystem type="MediumSystem">
      <MediumSystem>
        <photonPacketOptions type="PhotonPacketOptions">
          <PhotonPacketOptions explicitAbsorption="false" forceScattering="true" \
minWeightReduction="1e4" minScattEvents="0" pathLengthBias="0.5"/>
        </photonPacketOptions>{emission}
        <media type="Medium">
          <VoronoiMeshMedium filename="{gas}" {box} massType="MassDensity" \
massFraction="{dust_to_metals}" importMetallicity="true" importTemperature="true" \
maxTemperature="75000 K" importVelocity="false" importMagneticField="false" \
importVariableMixParams="false" useColumns="">
            <materialMix type="MaterialMix">
              <ZubkoDustMix numSilicateSizes="5" numGraphiteSizes="5" numPAHSizes="5"/>
            </materialMix>
          </VoronoiMeshMedium>
        </media>
        <samplingOptions type="SamplingOptions">
          <SamplingOptions numDensitySamples="100" numPropertySamples="1"/>
        </samplingOptions>
        <grid type="SpatialGrid">
          <VoronoiMeshSpatialGrid {box} policy="ImportedMesh"/>
        </grid>
      </MediumSystem>
    </mediumSystem>
    <instrumentSystem type="InstrumentSystem">
      <InstrumentSystem>
        <defaultWavelengthGrid type="WavelengthGrid">
          {instrument_grid}
        </defaultWavelengthGrid>
        <instruments type="Instrument">{instruments}
        </instruments>
      </InstrumentSystem>
    </instrumentSystem>
    <probeSystem type="ProbeSystem">
      <ProbeSystem>
        <probes type="Probe">
          <ConvergenceInfoProbe probeName="cnv" wavelength="0.55 micron"/>
          <InstrumentWavelengthGridProbe probeName="wlg"/>
        </probes>
      </ProbeSystem>
    </probeSystem>
  </MonteCarloSimulation>
</skirt-simulation-hierarchy>
"""

BOX = (
    'minX="-{radius_pc} pc" maxX="{radius_pc} pc" minY="-{radius_pc} pc" maxY="{radius_pc} pc" '
    'minZ="-{radius_pc} pc" maxZ="{radius_pc} pc"'
)

SOURCE = """
          <ParticleSource filename="{table}" importVelocity="false" \
importVelocityDispersion="false" importCurrentMass="false" importBias="false" useColumns="" \
sourceWeight="1" wavelengthBias="0.5">
            <smoothingKernel type="SmoothingKernel"><CubicSplineSmoothingKernel/></smoothingKernel>
            <sedFamily type="SEDFamily">{family}</sedFamily>
            <wavelengthBiasDistribution type="WavelengthDistribution">
              <LogWavelengthDistribution minWavelength="{shortest} micron" \
maxWavelength="{longest} micron"/>
            </wavelengthBiasDistribution>
          </ParticleSource>"""

STAR_FAMILY = '<BruzualCharlotSEDFamily imf="Chabrier" resolution="Low"/>'
YOUNG_STAR_FAMILY = "<MappingsSEDFamily/>"

# Dust emits at wavelengths beyond 1 micron, so no packets are spent on shorter ones.
DUST_EMISSION = """
        <radiationFieldOptions type="RadiationFieldOptions">
          <RadiationFieldOptions storeRadiationField="false">
            <radiationFieldWLG type="DisjointWavelengthGrid">
              <LogWavelengthGrid minWavelength="0.09 micron" maxWavelength="100 micron" \
numWavelengths="40"/>
            </radiationFieldWLG>
          </RadiationFieldOptions>
        </radiationFieldOptions>
        <secondaryEmissionOptions type="SecondaryEmissionOptions">
          <SecondaryEmissionOptions storeEmissionRadiationField="false" \
secondaryPacketsMultiplier="1" spatialBias="0.5" sourceBias="0.5"/>
        </secondaryEmissionOptions>
        <dustEmissionOptions type="DustEmissionOptions">
          <DustEmissionOptions dustEmissionType="Equilibrium" includeHeatingByCMB="false" \
sourceWeight="1" wavelengthBias="0.5">
            <cellLibrary type="SpatialCellLibrary"><AllCellsLibrary/></cellLibrary>
            <dustEmissionWLG type="DisjointWavelengthGrid">
              <LogWavelengthGrid minWavelength="0.09 micron" maxWavelength="100 micron" \
numWavelengths="1000"/>
            </dustEmissionWLG>
            <wavelengthBiasDistribution type="WavelengthDistribution">
              <LogWavelengthDistribution minWavelength="1 micron" maxWavelength="100 micron"/>
            </wavelengthBiasDistribution>
          </DustEmissionOptions>
        </dustEmissionOptions>"""

EXTINCTION_ONLY = """
        <radiationFieldOptions type="RadiationFieldOptions">
          <RadiationFieldOptions storeRadiationField="false"/>
        </radiationFieldOptions>"""

# One for each choice of photometry.instrument_grid.
WAVELENGTH_GRIDS = {
    "bands": (
        '<PredefinedBandWavelengthGrid includeGALEX="false" includeSDSS="true" '
        'include2MASS="false" includeWISE="false" includeHERSCHEL="false"/>'
    ),
    "log": (
        '<LogWavelengthGrid minWavelength="0.09 micron" maxWavelength="3.7 micron" '
        'numWavelengths="1000"/>'
    ),
}
# Planes of the images on each grid.
GRID_PLANES = {"bands": 5, "log": 1000}

INSTRUMENT = """
          <FrameInstrument instrumentName="{name}" distance="{distance_mpc} Mpc" \
inclination="{inclination_deg} deg" azimuth="{azimuth_deg} deg" roll="{roll_deg} deg" \
fieldOfViewX="{side_pc} pc" numPixelsX="{pixels}" centerX="0 pc" \
fieldOfViewY="{side_pc} pc" numPixelsY="{pixels}" centerY="0 pc" recordComponents="false" \
numScatteringLevels="0" recordPolarization="false" recordStatistics="false"/>"""
