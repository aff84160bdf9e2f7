"""A command's process: one BLAS thread, and no traceback from Ctrl-C, before NumPy is imported."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

from numpyae import process
from numpyae.process import one_blas_thread

BLAS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def python(code):
    return subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, check=False)


def test_ctrl_c_while_numpy_is_being_imported_is_one_sentence_and_exit_code_130():
    ended = python("""
import signal, numpyae.process
numpyae.process.start()
signal.raise_signal(signal.SIGINT)
""")
    assert (ended.returncode, ended.stderr) == (130, b"error: stopped by Ctrl-C\n")


@pytest.mark.parametrize("module", ["train", "reconstruct", "compress", "decompress", "benchmark"])
def test_every_command_starts_before_it_imports_numpy(module):
    lines = Path(process.__file__).with_name(f"{module}.py").read_text(encoding="utf-8").splitlines()
    code = [line for line in lines[1:] if line]
    assert code[:3] == [
        "from numpyae.process import start", 'if __name__ == "__main__":',
        "    start()  # before the next lines import NumPy",
    ]


def test_blas_is_held_to_one_thread_unless_the_user_has_said_how_many(monkeypatch):
    for name in BLAS:
        monkeypatch.setenv(name, "before")  # so that it is put back
        monkeypatch.delenv(name)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    one_blas_thread()
    assert [os.environ[name] for name in BLAS] == ["1", "3", "1", "1"]


def test_it_imports_only_what_python_has_loaded_anyway():
    code = (
        "import sys, os, signal; before = {*sys.modules}\n"
        "import numpyae.process; print(*{*sys.modules} - before)"
    )
    added = {name for name in python(code).stdout.decode().split() if not name.startswith("importlib")}
    assert added <= {"numpyae", "numpyae.process", "warnings"}
