"""HDF5 files on disks and servers that fail: the system's reason, no locks, no temporary name."""

import fcntl
import os
import resource

import h5py
import numpy as np
import pytest

from failing_calls import in_process
from umbra.errors import Damaged, InputError
from umbra.hdf5 import create, find, open_content, open_file, reading

READING = """
    import itertools
    from pathlib import Path
    from failing_calls import failing
    from umbra.errors import Damaged, InputError
    from umbra.hdf5 import find, open_file, reading

    path = Path("mine.hdf5")

    def read():
        with open_file(path) as file, reading(path):
            assert find(file, path, "absent") is None
            assert find(file, path, "group/values").attrs["unit"] == "kpc"
            return [find(file, path, name)[...].sum() for name in ("packed", "group/values")]

    whole = read()
    opening, reads = "EACCES EPERM ESTALE EMFILE ENFILE ENOENT", "EIO ESTALE ETIMEDOUT"
    faults = [("open", name, 0) for name in opening.split()]
    faults += [("read", name, skip) for name in reads.split() for skip in range(40)]
    for call, name, skip in faults:
        try:
            with failing(call, name, path.name, skip=skip):
                assert read() == whole
        except Damaged as error:
            print("damaged", call, name, skip, error)
        except InputError as error:
            print(error)
    with failing("lock", "ENOLCK", path.name):
        assert read() == whole
"""


def test_no_fault_of_the_system_is_taken_for_damage(failing_library, tmp_path):
    """Whichever of the reads fails, h5py's ways to hide it included."""
    with h5py.File(tmp_path / "mine.hdf5", "w") as file:
        file["group/values"] = np.arange(10.0)
        file["group/values"].attrs["unit"] = "kpc"
        file.create_dataset("packed", data=np.arange(1000), chunks=(250,), compression="gzip")
    printed = in_process(failing_library, READING, tmp_path)
    assert len(printed) > 40
    assert {line.partition(" (")[0] for line in printed} == {"mine.hdf5 cannot be read"}
    reasons = {line.partition(" (")[2].partition(")")[0] for line in printed}
    assert reasons == {
        "Permission denied",
        "Stale file handle",
        "Too many open files",
        "Too many open files in system",
        "No such file or directory",
        "Operation not permitted",
        "Input/output error",
        "Connection timed out",
    }
    assert not any("make it again" in line for line in printed)


WRITING = """
    from pathlib import Path
    from failing_calls import failing
    import numpy as np
    from umbra.errors import InputError
    from umbra.hdf5 import create

    path = Path("made/mine.hdf5")

    def write():
        with create(path) as file:
            file["values"] = np.arange(100_000)

    faults = [("open", name, 0) for name in ("EACCES", "EROFS", "EDQUOT", "ENOENT")]
    faults += [("write", name, skip) for name in ("ENOSPC", "EDQUOT", "EIO") for skip in (0, 1, 2)]
    faults += [("rename", name, 0) for name in ("EACCES", "ESTALE")]
    for call, name, skip in faults:
        try:
            with failing(call, name, ".hdf5", skip=skip):
                write()
        except InputError as error:
            print(error)
        assert list(path.parent.iterdir()) == []
    with failing("lock", "ENOLCK", ".hdf5"):
        write()
    assert path.exists()
"""


def test_what_cannot_be_written_is_named_with_its_final_name(failing_library, tmp_path):
    printed = in_process(failing_library, WRITING, tmp_path)
    assert len(printed) == 15
    for line in printed:
        assert line.startswith("made/mine.hdf5 cannot be written (")
        assert ".part" not in line
    assert sum("(No space left on device); make room" in line for line in printed) == 3
    assert sum("(Disk quota exceeded); make room" in line for line in printed) == 4
    assert sum("(Permission denied); change the permissions" in line for line in printed) == 2
    assert sum("(Read-only file system); give a folder" in line for line in printed) == 1


ONCE = """
    import os
    from pathlib import Path
    from failing_calls import failing
    import numpy as np
    from umbra.errors import InputError
    from umbra.hdf5 import create

    try:
        # the first write is that of the file itself, the second that of the closed dataset
        with failing("write", "EIO", ".hdf5", skip=1, times=1), create(Path("mine.hdf5")) as file:
            file.create_dataset("first", shape=100, dtype="f4")[...] = 1
            file["second"] = np.arange(10)
    except InputError as error:
        print(error, Path("mine.hdf5").exists(), flush=True)
    os._exit(0)  # HDF5 crashes at the end of such a process
"""


def test_a_dataset_that_is_lost_on_its_way_fails_the_file(failing_library, tmp_path):
    """h5py prints such an error and goes on, and the file would lack the numbers."""
    (printed,) = in_process(failing_library, ONCE, tmp_path)
    assert printed.startswith("mine.hdf5 cannot be written (Input/output error); ")
    assert printed.endswith(" False")


@pytest.mark.parametrize(
    "error", [TypeError("no path"), OSError(116, "Stale"), KeyError("a"), InputError("b")]
)
def test_errors_that_are_not_of_the_writing_come_as_they_are(tmp_path, error):
    with pytest.raises(type(error)) as caught, create(tmp_path / "mine.hdf5"):
        raise error
    assert caught.value is error
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_read_while_another_is_written_is_named(tmp_path):
    with pytest.raises(InputError) as caught, create(tmp_path / "mine.hdf5"):
        with open_file(tmp_path / "other.hdf5"):
            pass
    assert str(caught.value).startswith(f"{tmp_path}/other.hdf5 cannot be read (No such file")


def test_a_file_that_another_process_has_locked_is_read(tmp_path):
    path = tmp_path / "mine.hdf5"
    with h5py.File(path, "w") as file:
        file["values"] = 1
    with open(path, "rb+") as held:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with open_content(path, fault="is none", remedy="make it") as file:
            assert find(file, path, "values")[()] == 1


def test_too_many_open_files_are_no_damage(tmp_path):
    """As the kernel has it, without the library that makes calls fail."""
    path = tmp_path / "mine.hdf5"
    with create(path) as file:
        file["values"] = 1
    kept, opened = resource.getrlimit(resource.RLIMIT_NOFILE), []
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, kept[1]))
    try:
        with pytest.raises(OSError):
            while True:
                opened.append(os.open(os.devnull, os.O_RDONLY))
        with pytest.raises(InputError, match=r"\(Too many open files\); raise the limit") as caught:
            with open_file(path):
                pass
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, kept)
        for descriptor in opened:
            os.close(descriptor)
    assert not isinstance(caught.value, Damaged)


SHORT_OF_MEMORY = """
    import resource
    from pathlib import Path
    from umbra.errors import InputError
    from umbra.hdf5 import open_file, reading

    free = resource.getrlimit(resource.RLIMIT_AS)
    for extra in range(30, 48):  # MiB; the array takes 31, and a chunk in work 16 more
        with open("/proc/self/statm") as file:
            held = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (held + extra * 2**20, free[1]))
        try:
            with open_file(Path("mine.hdf5")) as file, reading(Path("mine.hdf5")):
                file["values"][...]
        except InputError as error:
            print(type(error).__name__, str(error).partition(";")[0], "from", error.__cause__)
        resource.setrlimit(resource.RLIMIT_AS, free)
"""


def test_a_filter_that_is_short_of_memory_is_no_damage(failing_library, tmp_path, monkeypatch):
    """HDF5 has the same words for it as for damaged data."""
    # The system gives the memory of each chunk anew, and gets it back.
    monkeypatch.setenv("MALLOC_MMAP_THRESHOLD_", "65536")
    values = np.random.default_rng(1).integers(0, 9, 4_000_000).astype(float)
    with create(tmp_path / "mine.hdf5") as file:
        chunks = {"chunks": (1_000_000,), "compression": "gzip", "compression_opts": 1}
        file.create_dataset("values", data=values, **chunks)
    printed = in_process(failing_library, SHORT_OF_MEMORY, tmp_path)
    assert any("filter returned failure" in line for line in printed)
    for line in printed:
        assert line.startswith("InputError mine.hdf5 cannot be read (Cannot allocate memory)")


def test_a_chunk_that_cannot_be_unpacked_is_damage(tmp_path):
    path = tmp_path / "mine.hdf5"
    with create(path) as file:
        file.create_dataset("values", data=np.arange(1000), chunks=(250,), compression="gzip")
    with h5py.File(path) as file:
        chunk = file["values"].id.get_chunk_info(2)
    with open(path, "rb+") as file:
        file.seek(chunk.byte_offset + 2)
        file.write(b"\xff" * 40)
    with pytest.raises(Damaged, match=r"\(filter returned failure during read\); it is damaged"):
        with open_file(path) as file, reading(path):
            file["values"][...]
