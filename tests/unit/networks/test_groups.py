"""Groups of members: none larger than the memory, every member once."""

import math

import jax
import pytest

from umbra.networks import groups
from umbra.networks.groups import Memory, Program, train_in_groups


class Device:
    """A device on which a member needs a share of the memory, by the compiler and in fact."""

    def __init__(self, *, need: float, in_fact: float = 0.0):
        self.need, self.in_fact = need, in_fact
        self.compiled, self.trained = [], []

    def prepare(self, size):
        self.compiled.append(size)
        return Program(run=None, load=size * self.need)

    def train(self, program, members):
        if len(members) * max(self.need, self.in_fact) > 1:
            jax.numpy.zeros(2**46)  # JAX's own error
        self.trained.append(list(members))
        return [f"result {member}" for member in members]

    def all_of(self, members):
        found = list(train_in_groups(members, self.prepare, self.train, name="B"))
        assert found == [(member, f"result {member}") for member in range(members)]
        return [len(group) for group in self.trained]


def test_a_hundred_members_on_a_device_for_all():
    device = Device(need=0.009)
    assert device.all_of(100) == [100]
    assert device.compiled == [100]


def test_a_hundred_members_on_a_device_for_thirty():
    device = Device(need=1 / 30.5)
    assert device.all_of(100) == [25] * 4
    assert set(device.compiled) == {100, 25}


def test_a_group_that_runs_out_of_memory_is_halved_and_trained_again():
    device = Device(need=0.009, in_fact=1 / 30.5)
    assert device.all_of(100) == [25] * 4
    device = Device(need=0.009, in_fact=1 / 9)
    assert device.all_of(31) == [8] * 4
    assert device.trained[-1] == [24, 25, 26, 27, 28, 29, 30, 30]


@pytest.mark.parametrize("need", [0.1, 0.3, 0.4, 0.6, 1.0])
@pytest.mark.parametrize("members", [1, 2, 7, 100])
def test_no_group_is_larger_than_the_memory(members, need):
    device = Device(need=need)
    sizes = device.all_of(members)
    assert len(set(sizes)) == 1 and sizes[0] <= max(1 / need, 1)
    assert len(sizes) == math.ceil(members / sizes[0])


def test_one_member_that_does_not_fit_is_an_error():
    device = Device(need=0.1, in_fact=1.5)
    with pytest.raises(jax.errors.JaxRuntimeError, match="RESOURCE_EXHAUSTED"):
        device.all_of(9)
    assert not device.trained


def test_another_error_is_not_taken_for_lack_of_memory():
    def train(program, members):
        raise jax.errors.JaxRuntimeError("INTERNAL: illegal memory access")

    with pytest.raises(jax.errors.JaxRuntimeError, match="illegal"):
        list(train_in_groups(9, Device(need=0.1).prepare, train, name="B"))


def test_memory_is_that_of_the_arrays():
    """Of a program that turns a matrix into its square, and keeps it, on the CPU."""

    def square(matrix, shared):
        product = matrix @ matrix + shared
        return product, product.sum()

    side = 256
    size = 4 * side**2
    matrix = jax.ShapeDtypeStruct((side, side), "float32")
    compiled = jax.jit(square).lower(matrix, matrix).compile()
    memory = groups.memory_of(compiled, shared=size, beside=7)
    assert memory.total - memory.intermediate == pytest.approx(2 * size + 7, abs=64)
    kept = jax.jit(square, donate_argnums=0).lower(matrix, matrix).compile()
    donated = groups.memory_of(kept, shared=size, beside=0)
    assert donated.total - donated.intermediate == pytest.approx(size, abs=64)


def test_load_counts_free_memory_and_long_arrays():
    gigabyte = 2**30
    need = Memory(total=17 * gigabyte, intermediate=2 * gigabyte)
    assert need.load(20 * gigabyte) == pytest.approx(1)
    assert need.load(math.inf) == pytest.approx(0.25)  # of the 8 GB that 31 bits count
    assert Memory(total=17 * gigabyte, intermediate=16 * gigabyte).load(math.inf) == 2
    assert groups.free_memory() > 0
