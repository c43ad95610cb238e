"""What is asked of TNG's web API, and what its answers about a run mean.

A download is repeated only when one of these changes (workflow/rules/api.smk). The addresses are
those of https://www.tng-project.org/data/docs/api/.
"""

from typing import Any, Literal

from umbra.config.simulation import DownloadSettings
from umbra.simulation.fields import DM_TYPE, FIELDS, GAS_TYPE, STAR_TYPE
from umbra.simulation.run import Run

# the API's names of the particle types
API_NAMES = {GAS_TYPE: "gas", DM_TYPE: "dm", STAR_TYPE: "stars"}


def run_address(settings: DownloadSettings, *, name: str) -> str:
    """Return the address of a run."""
    return f"{settings.api_url.rstrip('/')}/{name}/"


def snapshot_address(settings: DownloadSettings, *, name: str, snapshot: int) -> str:
    """Return the address of a snapshot."""
    return f"{run_address(settings, name=name)}snapshots/{snapshot}/"


def field_address(
    settings: DownloadSettings,
    *,
    name: str,
    snapshot: int,
    table: Literal["Subhalo", "Group"],
    field: str,
) -> str:
    """Return the address of a field of the group catalogue."""
    return f"{run_address(settings, name=name)}files/groupcat-{snapshot}/?{table}={field}"


def halo_address(settings: DownloadSettings, *, name: str, snapshot: int, group: int) -> str:
    """Return the address of the gas, dark matter and stars of a group."""
    wanted = "&".join(f"{short}={','.join(FIELDS[long])}" for long, short in API_NAMES.items())
    snapshots = snapshot_address(settings, name=name, snapshot=snapshot)
    return f"{snapshots}halos/{group}/cutout.hdf5?{wanted}"


def run_of_answers(run: dict[str, Any], epoch: dict[str, Any], *, name: str, snapshot: int) -> Run:
    """Return the numbers of a run, given the API's answers about the run and the snapshot.

    Raises
    ------
    KeyError, TypeError, ValueError
        If a number is missing or is none.
    """
    return Run(
        name=name,
        snapshot=snapshot,
        box_size_ckpc_h=float(run["boxsize"]),
        hubble=float(run["hubble"]),
        omega_matter=float(run["omega_0"]),
        omega_lambda=float(run["omega_L"]),
        redshift=float(epoch["redshift"]),
        subhaloes=int(epoch["num_groups_subfind"]),
        groups=int(epoch["num_groups_fof"]),
    )
