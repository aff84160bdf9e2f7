"""The run folder: made new for each run, and locked while a process works in it."""
import os
import subprocess
import sys
from pathlib import Path

import pytest
from small import NETWORK

from numpyae import Run, Settings
from numpyae.errors import InputError
from numpyae.train import main
from numpyae.training.run_folder import locked, make_run_folder

pytestmark = pytest.mark.usefixtures("empty_folder")


def test_without_a_name_it_is_the_first_free_number():
    assert [str(make_run_folder(None, "song")) for _ in range(2)] == ["runs/song-001", "runs/song-002"]
    assert str(make_run_folder(None, "demo")) == "runs/demo-001"
    os.rmdir("runs/song-001")
    assert str(make_run_folder(None, "song")) == "runs/song-001"


def test_the_folders_above_it_are_made_too():
    assert make_run_folder(Path("a/b/c"), "song") == Path("a/b/c") and Path("a/b/c").is_dir()


def test_one_that_exists_is_refused_and_left_alone():
    Path("there").mkdir()
    Path("file").write_text("mine")
    for name in ("there", "file"):
        with pytest.raises(InputError, match=f"^{name} exists already, and a run never writes into another"):
            make_run_folder(name, "song")
    assert os.listdir("there") == [] and Path("file").read_text() == "mine"


def test_one_that_cannot_be_made_is_refused_with_the_cause():
    Path("file").write_text("mine")
    words = r"^cannot make the run folder file/run \(Not a directory\): file must be a folder that can"
    with pytest.raises(InputError, match=words):
        make_run_folder("file/run", "song")


@pytest.mark.parametrize("folder", [None, "runs/mine"])
def test_a_link_to_nowhere_in_place_of_its_parent_is_refused(folder):
    os.symlink("nowhere", "runs")
    words = r"^cannot make the run folder runs/.* \(File exists\): runs must be a folder that can be written"
    with pytest.raises(InputError, match=words):
        make_run_folder(folder, "demo")


def test_a_folder_in_use_is_refused_with_the_number_of_the_process_that_has_it(song_file, capsys):
    assert main([song_file, *NETWORK, "--iterations", "3", "-o", "run", "--quiet", "--no-report"]) == 0
    code = "from numpyae.training.run_folder import locked\nwith locked('run'): print(flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    again = ["--resume", "run", "--iterations", "4", "--quiet", "--no-report"]
    with holder:
        holder.stdout.readline()
        capsys.readouterr()
        assert main(again) == 2
        assert f"error: run is in use by the process with PID {holder.pid}: wait" in capsys.readouterr().err
        holder.kill()
    assert main(again) == 0  # the lock has gone with its process


def test_a_lock_that_is_given_up_can_be_taken_again_and_leaves_nothing():
    os.mkdir("run")
    for _ in range(2):
        with locked("run"):
            assert os.listdir("run") == [".lock"] and Path("run/.lock").read_text() == str(os.getpid())
    assert os.listdir("run") == []


def test_a_run_is_locked_from_its_beginning_until_it_is_closed(song_file):
    settings = Settings(iterations=1, batch_size=8, segment=64)
    with Run.begin("run", song_file, settings, report=False) as run:
        with pytest.raises(InputError, match=f"run is in use by the process with PID {os.getpid()}"):
            Run.resume("run")
        assert [row.iteration for row in run.train()] == [1]
    run.close()  # a second time, which is no matter
    with Run.resume("run"):
        with pytest.raises(InputError, match="run is in use by"):
            Run.resume("run")
    assert not Path("run/.lock").exists()


def test_a_folder_that_cannot_be_resumed_is_not_left_locked():
    Path("run").mkdir()
    for _ in range(2):
        with pytest.raises(InputError, match="run holds no model.npz"):
            Run.resume("run")
    assert os.listdir("run") == []
