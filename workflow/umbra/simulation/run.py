"""The numbers of a run and one of its snapshots, as TNG's web API gives them."""

import json
from dataclasses import dataclass
from pathlib import Path

from umbra.faults import unreadable
from umbra.simulation.run_numbers import RUN_FIELDS, RunNumbers, check_limits
from umbra.units import CodeUnits


@dataclass(frozen=True)
class Run:
    """The numbers of a run and one of its snapshots.

    Parameters
    ----------
    name : str
        The run, such as TNG100-1.
    snapshot : int
        Number of the snapshot.
    box_size_ckpc_h : float
        Side of the periodic box [ckpc/h].
    hubble, omega_matter, omega_lambda, redshift : float
        Cosmology and epoch.
    subhaloes, groups : int
        Rows of the group catalogue.
    """

    name: str
    snapshot: int
    box_size_ckpc_h: float
    hubble: float
    omega_matter: float
    omega_lambda: float
    redshift: float
    subhaloes: int
    groups: int

    @property
    def scale_factor(self) -> float:
        """Scale factor, 1 at z = 0."""
        return 1 / (1 + self.redshift)

    @property
    def rows(self) -> dict[str, int]:
        """Rows of the group catalogue, by the column of their ids in a table of centres."""
        return {"subhalo_id": self.subhaloes, "group_id": self.groups}

    @property
    def units(self) -> CodeUnits:
        """Conversion to physical units."""
        return CodeUnits(hubble=self.hubble, scale_factor=self.scale_factor)

    @property
    def header(self) -> dict[str, float]:
        """The run's numbers as attributes of a snapshot's header."""
        return {
            "BoxSize": self.box_size_ckpc_h,
            "HubbleParam": self.hubble,
            "Omega0": self.omega_matter,
            "OmegaLambda": self.omega_lambda,
            "Redshift": self.redshift,
            "Time": self.scale_factor,
        }

    def numbers(self, source: str) -> RunNumbers:
        """Return what is compared where files meet.

        Parameters
        ----------
        source : str
            Where the numbers are from, for messages.

        Raises
        ------
        InputError
            If a number cannot be.
        """
        found = {name: getattr(self, field) for name, field in RUN_FIELDS.items()}
        check_limits(found, f"{source}: ")
        told = {**self.header, "SnapshotNumber": self.snapshot}
        values = {name: (value,) for name, value in told.items()}
        return RunNumbers(source=source, values=values, name=self.name)


def read_run(path: Path) -> Run:
    """Read a file of `umbra.simulation.web_api.endpoints.fetch_run`.

    Raises
    ------
    Damaged
        If it is not such a file.
    InputError
        If the system does not let it be read.
    """
    try:
        run = Run(**json.loads(Path(path).read_text(encoding="utf-8")))
        run.numbers(str(path))
    except (OSError, ValueError, TypeError, ArithmeticError) as error:
        raise unreadable(error, path, f"{path} is damaged; delete it and run again.") from error
    return run
