"""``networks.json``: what saved networks were trained on, so that a galaxy can be shown like that.

A folder of saved networks has all that a prediction needs, and may be copied to another machine:

- ``networks.json``, a `NetworksDefinition`;
- ``{channels}/member_{k}.keras``, the members of a Gaussian ensemble for each channel set;
- ``{channels}/reference.hdf5``, see `umbra.observed.reference`.
"""

from pathlib import Path

from pydantic import Field, ValidationError

from umbra.config.hi import CubeSettings
from umbra.config.model import Config
from umbra.config.networks import Architecture, ChannelNames, ChannelSetName, Distance
from umbra.config.observation import ObservationSettings
from umbra.config.photometry import ImagingSettings
from umbra.errors import InputError
from umbra.faults import plain_reason, unreadable
from umbra.files import atomic
from umbra.observed.saved_inputs import SavedInputs, read_saved_inputs
from umbra.observed.training_images import TrainingImages

DEFINITION_FILE = "networks.json"
REFERENCE_FILE = "reference.hdf5"
COPY_AGAIN = "copy the folder results/saved_networks of a run again"


class NetworksDefinition(TrainingImages):
    """What networks were trained on: their inputs, and how a galaxy was observed.

    The sections and the seed are those of the configuration of the run that trained them.
    `software` has the versions of the programs that did.
    """

    architecture: Architecture = Field(description="Of the members.")
    distance: Distance = Field(description="The distance that they take.")
    channel_sets: dict[ChannelSetName, ChannelNames] = Field(
        description="Channel set -> its channels."
    )
    observation: ObservationSettings
    software: dict[str, str] = Field({}, description="Program -> version.")

    def channel_set_for(self, available: frozenset[str] | set[str]) -> str | None:
        """Return the largest channel set whose channels are all available.

        Parameters
        ----------
        available : set of str
            Keys of `umbra.channels.CHANNELS`.

        Returns
        -------
        str or None
            None if no set has all of its channels. Of two sets of the same size, the first.
        """
        possible = [name for name, of in self.channel_sets.items() if set(of) <= available]
        return max(possible, key=lambda name: len(self.channel_sets[name]), default=None)


def definition_of_run(settings: Config) -> NetworksDefinition:
    """Return what the Gaussian ensembles of a run are trained on."""
    ensemble, networks = settings.ensemble, settings.networks
    return NetworksDefinition(
        seed=settings.seed,
        architecture=ensemble.architecture,
        distance=networks.distance_of(ensemble.architecture),
        channel_sets={name: networks.channel_sets[name] for name in ensemble.channel_sets},
        observation=settings.observation,
        photometry=settings.photometry.only(ImagingSettings),
        hi=settings.hi.only(CubeSettings),
        moments=settings.moments,
    )


def write_definition(definition: NetworksDefinition, folder: Path) -> None:
    """Write ``networks.json`` into a folder."""
    with atomic(folder / DEFINITION_FILE) as temporary:
        temporary.write_text(definition.model_dump_json(indent=2) + "\n", encoding="utf-8")


def read_definition(folder: Path) -> NetworksDefinition:
    """Read what the networks of a folder were trained on.

    Parameters
    ----------
    folder : Path
        ``results/saved_networks`` of a run, or a copy of it.

    Raises
    ------
    InputError
        If the folder has no ``networks.json``, or it is not whole.
    """
    path = folder / DEFINITION_FILE
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder of saved networks; {COPY_AGAIN}.")
    try:
        return NetworksDefinition.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(map(str, fault["loc"])) or "it"
        raise InputError(
            f"{path}: {key} is not as umbra writes it ({fault['msg']}); {COPY_AGAIN}."
        ) from None
    except (OSError, ValueError) as error:
        damaged = f"{path} does not define saved networks ({plain_reason(error)}); {COPY_AGAIN}."
        raise unreadable(error, path, damaged) from error


def read_networks(folder: Path) -> NetworksDefinition:
    """Read what the networks of a folder were trained on, and check that they are there.

    It takes milliseconds, without Keras, so that wrong networks are known before the first job. Of
    each channel set, the inputs of a member are compared.

    Parameters
    ----------
    folder : Path
        As of `read_definition`.

    Raises
    ------
    InputError
        If the folder is not whole, or its networks take other inputs than ``networks.json`` has.
    """
    definition = read_definition(folder)
    for name, channels in definition.channel_sets.items():
        members = sorted((folder / name).glob("member_*.keras"))
        if not (members and (folder / name / REFERENCE_FILE).exists()):
            missing = f"networks or {REFERENCE_FILE} of {name} are missing"
            raise InputError(f"{folder / name}: {missing}; {COPY_AGAIN}.")
        expected = SavedInputs(
            architecture=definition.architecture,
            channels=channels,
            pixels=definition.observation.pixels,
            distance=definition.distance,
        )
        found = vars(read_saved_inputs(members[0], remedy=COPY_AGAIN))
        for key, value in vars(expected).items():
            if found[key] != value:
                raise InputError(
                    f"{members[0]}: this network has {key} {_plain(found[key])}, and"
                    f" {DEFINITION_FILE} has {_plain(value)}; {COPY_AGAIN}."
                )
    return definition


def _plain(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
