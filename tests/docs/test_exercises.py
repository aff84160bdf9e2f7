"""The exercises: every stub fails with words that help, every solution passes."""
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TUTORIALS = Path(__file__).parents[2] / "tutorials"

pytestmark = pytest.mark.tutorial


def check(whose):
    """Check all exercises, the learner's files or the solutions; return name -> (passed, what was said)."""
    environment = {**os.environ, "NUMPYAE_EXERCISES": whose, "COLUMNS": "300"}  # or the words are cut short
    options = ["-p", "no:cacheprovider", "-q", "-rA", "--tb=line"]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "tutorials/exercises", *options],
        cwd=TUTORIALS.parent, env=environment, capture_output=True, text=True, check=False,
    )
    found = re.findall(r"^(PASSED|FAILED) \S+::(\w+)(?: - (.*))?$", ended.stdout, re.M)
    assert found, ended.stdout + ended.stderr
    return {name: (verdict == "PASSED", words) for verdict, name, words in found}


def test_every_solution_passes():
    assert [name for name, (passed, _) in check("solutions").items() if not passed] == []


def test_every_stub_fails_and_says_what_to_do():
    for name, (passed, words) in check("exercises").items():
        assert not passed and re.search(r"exercise \d+[a-d]: .{20}", words), (name, words)


def test_every_chapter_has_three_exercises_or_four_in_a_file_of_its_own():
    for chapter in TUTORIALS.glob("[0-9][0-9]-*.md"):
        name = f"ch{chapter.name[:2]}"
        checks = (TUTORIALS / "exercises" / f"test_{name}.py").read_text(encoding="utf-8")
        assert 3 <= len(re.findall(r"^def test_", checks, re.M)) <= 4, name
        assert f"exercises/{name}.py" in chapter.read_text(encoding="utf-8")
        for folder in ("exercises", "solutions"):
            assert (TUTORIALS / folder / f"{name}.py").exists()
