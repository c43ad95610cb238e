"""A snapshot of any size in the layout of TNG: halo after halo, the rest last, over many files."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

import tng_files

MAKERS = {
    "PartType0": tng_files.gas,
    "PartType1": tng_files.dark_matter,
    "PartType4": tng_files.stars,
}
# Share of a type in all particles, and share of its particles that are in haloes, roughly as in
# TNG100-1 at z = 0.
SHARE = {"PartType0": 0.475, "PartType1": 0.5, "PartType4": 0.025}
BOUND = {"PartType0": 0.3, "PartType1": 0.5, "PartType4": 1.0}
# radius that holds all of a halo's particles of a type, in virial radii
EXTENT = {"PartType0": 1.0, "PartType1": 1.0, "PartType4": 0.15}
# Stars are in this part of the chunks, as no fuzz follows them.
STAR_CHUNKS = 0.75


@dataclass(frozen=True)
class TngLike:
    """The plan of a snapshot.

    Parameters
    ----------
    centre : ndarray, shape (H, 3)
        Of the haloes, the largest first [ckpc/h].
    bound, rows : dict
        For each type, particles of each halo, shape (H,), and in all.
    chunks : int
        Files.
    empty : tuple of int
        Files without particles.
    """

    centre: np.ndarray
    bound: dict[str, np.ndarray]
    rows: dict[str, int]
    chunks: int
    empty: tuple[int, ...] = ()

    @classmethod
    def plan(
        cls, *, particles: int, chunks: int, haloes: int = 2000, empty: tuple[int, ...] = ()
    ) -> "TngLike":
        """Distribute particles over haloes; the number of haloes above a mass is its inverse."""
        weight = 1 / np.arange(1, haloes + 1)
        rows = {kind: int(particles * share) for kind, share in SHARE.items()}
        bound = {
            kind: (rows[kind] * BOUND[kind] * weight / weight.sum()).astype(np.int64)
            for kind in MAKERS
        }
        rows["PartType4"] = int(bound["PartType4"].sum())
        centre = np.random.default_rng(0).uniform(0, tng_files.BOX_CKPC_H, (haloes, 3))
        centre[0] = 1.0  # across the corner of the box
        return cls(centre=centre, bound=bound, rows=rows, chunks=chunks, empty=empty)

    def edges(self, kind: str) -> np.ndarray:
        """Return the first row of every chunk and the end of the last, regardless of haloes."""
        filled = np.setdiff1d(np.arange(self.chunks), self.empty)
        if kind == "PartType4":
            filled = filled[: max(1, int(STAR_CHUNKS * len(filled)))]
        share = np.zeros(self.chunks)
        share[filled] = 1 / len(filled)
        return np.rint(np.concatenate([[0], np.cumsum(share)]) * self.rows[kind]).astype(np.int64)

    def positions(self, kind: str, chunk: int) -> np.ndarray:
        """Return the coordinates of a chunk: each halo from its centre outwards, then the rest."""
        begin, end = self.edges(kind)[chunk : chunk + 2].tolist()
        rng = np.random.default_rng([int(kind[-1]), chunk])
        ends = np.cumsum(self.bound[kind])
        row = np.arange(begin, min(end, int(ends[-1])))
        halo = np.searchsorted(ends, row, side="right")
        number = self.bound[kind][halo]
        direction = rng.normal(size=(len(row), 3))
        direction /= np.linalg.norm(direction, axis=1)[:, None]
        order = (row - (ends[halo] - number) + 0.5) / number
        radius = EXTENT[kind] * order * self._virial_radius()[halo]
        rest = rng.uniform(0, tng_files.BOX_CKPC_H, (end - begin - len(row), 3))
        return np.concatenate([self.centre[halo] + radius[:, None] * direction, rest])

    def _virial_radius(self) -> np.ndarray:
        """Return 206 kpc for 1e12 Msun, in ckpc/h."""
        mass = np.maximum(self.bound["PartType1"], 1) * tng_files.DM_MASS / tng_files.HUBBLE / 100
        return 206 * tng_files.HUBBLE * mass ** (1 / 3)

    def write(self, output: Path, *, float32: bool = False, storage: dict | None = None) -> list:
        """Write the snapshot, a chunk at a time in memory, and return its files."""
        total = np.zeros(6, dtype=np.int64)
        for kind, number in self.rows.items():
            total[int(kind[-1])] = number
        paths = []
        for chunk in range(self.chunks):
            fields = {}
            for kind, maker in MAKERS.items():
                # ids above 32 bits, as in TNG
                first_id = int(self.edges(kind)[chunk]) + (int(kind[-1]) + 1) * 10**10
                fields[kind] = maker(self.positions(kind, chunk), first_id=first_id)
                if float32:
                    fields[kind]["Coordinates"] = fields[kind]["Coordinates"].astype(np.float32)
            paths.append(
                tng_files.write_chunk(
                    output, fields, number=chunk, total=total, files=self.chunks, storage=storage
                )
            )
        return paths

    def write_catalogue(self, output: Path, *, files: int, selected: int) -> list[Path]:
        """Write a group for each halo, of a central and a satellite; `selected` pass every cut."""
        groups = len(self.centre)
        fields = tng_files.subhaloes(np.repeat(np.arange(groups), 2).tolist())
        fields["SubhaloPos"] = np.repeat(self.centre, 2, axis=0).astype(np.float32)
        fields["SubhaloSFR"][2 * selected :] = 0
        first = np.arange(0, 2 * groups, 2, dtype=np.int32)
        return tng_files.write_catalogue(
            output,
            subhaloes=[
                {name: fields[name][part] for name in fields}
                for part in np.array_split(np.arange(2 * groups), files)
            ],
            groups=[{"GroupFirstSub": first[part]} for part in np.array_split(first // 2, files)],
        )
