"""How many networks train at a time: as many as the memory of the device has room for."""

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

# Share of the free memory that a group may need: the allocator leaves gaps.
SHARE_OF_FREE = 0.85
# Intermediate results of a group [bytes]. 2^31 numbers of 4 bytes, so that no place in an array
# needs more than 31 bits. So many images at a time fill a device, and more would not be faster.
MAX_INTERMEDIATE = 2**33

Result = TypeVar("Result")


@dataclass(frozen=True)
class Memory:
    """Memory of a group on the device.

    Attributes
    ----------
    total : int
        Everything that is in memory for this group alone [bytes].
    intermediate : int
        The part that lives only while the program runs [bytes].
    """

    total: int
    intermediate: int

    def load(self, free: float) -> float:
        """Return the need over what a group may have, given the free memory [bytes]."""
        return max(self.total / (SHARE_OF_FREE * free), self.intermediate / MAX_INTERMEDIATE)


@dataclass(frozen=True)
class Program:
    """A compiled program of a group.

    Attributes
    ----------
    run : callable
    load : float
        The memory that it needs over what it may have; larger than 1 if it does not fit.
    """

    run: Callable
    load: float


def memory_of(compiled: Any, *, shared: int, beside: int) -> Memory:
    """Return the memory of a group as the compiler of its program has laid it out.

    Parameters
    ----------
    compiled : jax.stages.Compiled
    shared : int
        Of its arguments, what all groups share and is on the device already [bytes].
    beside : int
        What the group keeps on the device beside the arguments of the program [bytes].

    Returns
    -------
    Memory
    """
    found = compiled.memory_analysis()
    own = found.argument_size_in_bytes - shared
    new = found.output_size_in_bytes - found.alias_size_in_bytes
    intermediate = found.temp_size_in_bytes
    return Memory(total=own + new + intermediate + beside, intermediate=intermediate)


def free_memory() -> float:
    """Return the memory that JAX may still use on its device [bytes]; infinite if unknown."""
    import jax

    found = jax.devices()[0].memory_stats()
    return found["bytes_limit"] - found["bytes_in_use"] if found else math.inf


def is_out_of_memory(error: Exception) -> bool:
    """Return whether JAX raised an error because the device has no memory left."""
    return "RESOURCE_EXHAUSTED" in str(error)


def train_in_groups(
    members: int,
    prepare: Callable[[int], Program],
    train: Callable[[Program, Sequence[int]], Sequence[Result]],
    *,
    name: str,
) -> Iterator[tuple[int, Result]]:
    """Train members in groups of equal size that fit into the memory of the device.

    All groups run one program. The last one is filled up with its last member, whose repetitions
    are dropped. If a group runs out of memory all the same, it is halved and starts again.

    Parameters
    ----------
    members : int
        Number of members.
    prepare : callable
        Size of a group -> its program.
    train : callable
        (program, members of the group) -> what came of each.
    name : str
        For the log.

    Yields
    ------
    int, object
        Index of each member in order, and what came of it.
    """
    import jax

    first, size = 0, members
    while first < members:
        left = members - first
        try:
            program = prepare(size)
            if size > 1 and program.load > 1:
                size = _equal_size(left, min(size - 1, int(size / program.load)))
                continue
            device = jax.devices()[0].device_kind
            logger.info("%s: %d of %d members at a time on %s", name, size, left, device)
            results = train(program, [min(first + one, members - 1) for one in range(size)])
        except jax.errors.JaxRuntimeError as error:
            if size == 1 or not is_out_of_memory(error):
                raise
            logger.warning("%s: %d members do not fit into the device's memory", name, size)
            size = _equal_size(left, (size + 1) // 2)
            continue
        yield from zip(range(first, members), results, strict=False)
        first += size


def _equal_size(members: int, largest: int) -> int:
    """Return the size of the smallest number of equal groups that are not larger."""
    return math.ceil(members / math.ceil(members / max(largest, 1)))
