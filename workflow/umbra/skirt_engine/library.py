"""The spectra of a simulation, from packaged tables or from SKIRT's resource folder."""

from dataclasses import dataclass

import numpy as np

from umbra.skirt_engine import dust, spectra, spectra_stored, stab
from umbra.skirt_engine.regions import region_weights
from umbra.skirt_engine.sampling import Sampler, make_sampler
from umbra.skirt_engine.ski import Ski, WavelengthGrid


@dataclass
class Library:
    """Spectral tables of the wavelength grids, and the rows of the particles in them.

    Parameters
    ----------
    tables : dict
        Wavelength grid -> its sampler and its spectral table.
    regions : list of ndarray, shape (4, regions)
        Parameters of star-forming regions that have spectra of their own.
    stored : bool
        Whether the tables are those of SKIRT's resource folder.
    """

    tables: dict[WavelengthGrid, tuple[Sampler, spectra.SpectralTable]]
    regions: list[np.ndarray]
    stored: bool

    @classmethod
    def of(cls, ski: Ski) -> "Library":
        """Return the spectral tables of all instruments of a ski."""
        tables = {}
        for instrument in ski.instruments:
            sampler = make_sampler(instrument.grid, ski.source_range_micron)
            if stab.folder() is None:
                table = spectra.packaged_spectral_table(sampler)
            else:
                fine = any(source.fine for source in ski.sources)
                table = spectra_stored.stored_spectral_table(sampler, fine=fine)
            tables[instrument.grid] = sampler, table
        return cls(tables, [], stab.folder() is not None)

    def origin(self) -> str:
        """Return a sentence about where spectra, bands and dust come from."""
        if not self.stored:
            return "Spectra, bands and dust are the packaged ones"
        if dust.stored_mix() is not None:
            return f"Spectra, bands and dust are those of {stab.folder()}"
        name = dust.OPTICAL_PROPERTIES.name
        return f"Spectra and bands are those of {stab.folder()}; without {name}, dust is packaged"

    def _rows(self) -> int:
        """Return the number of rows so far, with those of regions."""
        table = next(iter(self.tables.values()))[1]
        return len(table.rows) + sum(one.shape[1] for one in self.regions)

    def populations(self, table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return rows and weights, shape (n, 4), of stars with the columns `POPULATION_COLUMNS`."""
        axes = next(iter(self.tables.values()))[1]
        return spectra.population_weights(
            ages_yr=axes.ages_yr,
            metallicities=axes.metallicities,
            mass_msun=table[4],
            metallicity=table[5],
            age_yr=table[6],
        )

    def star_forming(self, table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows and weights, shape (n, 4), of regions in the columns `REGION_COLUMNS`.

        With SKIRT's tables, each region gets a row of its own.
        """
        if not self.stored:
            axes = next(iter(self.tables.values()))[1]
            return region_weights(
                first_row=len(axes.metallicities) * len(axes.ages_yr),
                sfr_msun_yr=table[4],
                metallicity=table[5],
                f_pdr=table[8],
            )
        rows = np.arange(self._rows(), self._rows() + table.shape[1], dtype=np.int32)
        self.regions.append(table[5:9])
        weights = np.zeros((table.shape[1], 4))
        weights[:, 0] = table[4]
        return np.repeat(rows[:, None], 4, axis=1), weights

    def spectra(self, grid: WavelengthGrid) -> tuple[Sampler, np.ndarray]:
        """Return the sampler of a grid, and its spectral table with the rows of all particles."""
        sampler, table = self.tables[grid]
        if not self.regions:
            return sampler, table.rows
        parameters = np.concatenate(self.regions, axis=1)
        return sampler, np.concatenate(
            [table.rows, spectra_stored.region_spectra(sampler, parameters)]
        )
