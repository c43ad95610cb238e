"""Files that are written completely or not at all, and files that are put together in a folder."""

import errno
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from failing_calls import in_process
from umbra.errors import InputError
from umbra.files import atomic, atomic_folder, check_room, link_into, write_rejection


def test_failed_write_leaves_what_was_there(tmp_path):
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), atomic(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_failed_folder_leaves_what_was_there_and_a_whole_one_replaces_it(tmp_path):
    path = tmp_path / "folder"
    path.mkdir()
    (path / "old.txt").touch()
    with pytest.raises(RuntimeError), atomic_folder(path) as temporary:
        (temporary / "half.txt").touch()
        raise RuntimeError
    assert [found.name for found in tmp_path.rglob("*")] == ["folder", "old.txt"]
    with atomic_folder(path) as temporary:
        (temporary / "new.txt").touch()
        assert (path / "old.txt").exists()
    assert [found.name for found in tmp_path.rglob("*")] == ["folder", "new.txt"]


def test_full_disk_behind_a_link_is_named_by_its_real_place(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    link = tmp_path / "results"
    link.symlink_to(disk)
    (tmp_path / "plain").mkdir()

    def sentence(path):
        with pytest.raises(InputError) as error, atomic(path):
            raise OSError(errno.ENOSPC, "no room")
        return str(error.value)

    behind = link / "hi" / "1.fits"
    assert sentence(behind).startswith(f"{behind} (that is {disk / 'hi' / '1.fits'}) cannot be")
    plain = tmp_path / "plain" / "1.fits"
    assert sentence(plain).startswith(f"{plain} cannot be written (No space left on device)")
    assert not list(tmp_path.rglob("*1*"))


def leave_part(tmp_path):
    """Return what a job that was killed while it wrote `file.txt` left behind."""
    script = "import os\nfrom umbra.files import atomic\n"
    script += "with atomic('file.txt') as temporary:\n"
    script += "    temporary.write_text('half')\n    os.kill(os.getpid(), 9)\n"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=False)
    assert done.returncode == -9
    (part,) = tmp_path.iterdir()
    return part


def test_what_a_killed_job_left_goes_when_its_file_is_written(tmp_path):
    leave_part(tmp_path)
    write_rejection(tmp_path / "other.txt", "not its file")
    assert len(list(tmp_path.iterdir())) == 2
    write_rejection(tmp_path / "file.txt", "whole")
    assert {path.name for path in tmp_path.iterdir()} == {"file.txt", "other.txt"}


def test_what_a_running_job_writes_is_left_alone(tmp_path):
    part = leave_part(tmp_path)
    number = re.search(r"-(\d+)\.part", part.name)[1]
    running = part.rename(part.with_name(part.name.replace(number, str(os.getppid()))))
    write_rejection(tmp_path / "file.txt", "whole")
    assert running.exists()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc to read")
def test_what_is_left_of_a_job_that_its_parent_has_not_waited_for_goes_too(tmp_path):
    part = leave_part(tmp_path)
    number = re.search(r"-(\d+)\.part", part.name)[1]
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    left = part.rename(part.with_name(part.name.replace(number, str(zombie.pid))))
    write_rejection(tmp_path / "file.txt", "whole")
    assert not left.exists()
    zombie.wait()


def test_what_another_machine_writes_is_left_for_a_day(tmp_path):
    """Its processes cannot be seen from here."""
    part = leave_part(tmp_path)
    host = os.uname().nodename
    elsewhere = part.rename(part.with_name(part.name.replace(f".{host}-", ".node-17-")))
    write_rejection(tmp_path / "file.txt", "whole")
    assert elsewhere.exists()
    written = time.time() - 90000
    os.utime(elsewhere, (written, written))
    write_rejection(tmp_path / "file.txt", "whole")
    assert not elsewhere.exists()


def test_disk_of_unknown_size_is_not_refused(tmp_path):
    check_room(tmp_path)
    check_room("/proc")


@pytest.mark.parametrize("links", [True, False])
def test_linked_files_outlive_their_first_names(tmp_path, monkeypatch, links):
    if not links:

        def refuse(source, target):
            raise OSError("Operation not permitted")

        monkeypatch.setattr(os, "link", refuse)
    parts = [tmp_path / f"{number}.hdf5" for number in range(3)]
    for part in parts:
        part.write_text(part.name)
    folder = tmp_path / "shards"
    for _ in range(2):  # a second time over what a killed job has left
        link_into(paths=parts, folder=folder)
    for part in parts:
        part.unlink()
    assert {file.name: file.read_text() for file in folder.iterdir()} == {
        part.name: part.name for part in parts
    }


SCRIPT = """
    from pathlib import Path

    import file_writers as write
    from failing_calls import failing
    from umbra import stage

    stages = {
        "a.csv": write.table, "a.txt": write.text, "a.fits": write.image, "a.npz": write.arrays,
        "a.pdf": write.figure, "a.hdf5": write.fields, "b.hdf5": write.folder,
    }
    for call, name in [("open", "EACCES"), ("open", "EROFS"), ("open", "EMFILE"), ("write", "EIO"),
                       ("write", "EDQUOT"), ("rename", "ESTALE")]:
        for file, function in stages.items():
            path = Path("made") / file
            try:
                with failing(call, name, path.suffix):
                    stage.run(function, "log", path=path)
            except SystemExit as exit:
                print(name, file, exit)
    assert list(Path("made").iterdir()) == []
"""


def test_no_sentence_and_no_log_has_a_temporary_name(failing_library, tmp_path):
    """Whatever library writes, and whatever the system refuses."""
    said = in_process(failing_library, SCRIPT, tmp_path)
    assert len(said) == 6 * 7
    for line in said:
        name, file, sentence = line.split(" ", 2)
        assert f"({os.strerror(getattr(errno, name))}); " in sentence
        # a plain write does not say which file it was
        unnamed = f"umbra: while made/{file} was being written, a file cannot be"
        named = f"umbra: made/{Path(file).stem}"
        assert sentence.startswith((unnamed, named)) and "cannot be" in sentence, line
    for text in (*said, (tmp_path / "log").read_text()):
        assert ".part" not in text


def test_an_error_of_the_caller_has_the_final_name(tmp_path):
    with pytest.raises(ValueError, match=r"my file\.v1\.csv is wrong") as caught:
        with atomic(tmp_path / "my file.v1.csv") as temporary:
            raise ValueError(f"{temporary} is wrong")
    assert str(caught.value) == f"{tmp_path}/my file.v1.csv is wrong"


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for folder in ("file", "link"):
        path = tmp_path / folder / "a.csv"
        with pytest.raises(InputError, match=rf"{folder}/a\.csv .*cannot be written .*its folder"):
            with atomic(path):
                pass
