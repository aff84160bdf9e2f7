"""The tutorials say what is so: blocks run, printed numbers are compared, the source shown is the source."""
import contextlib
import importlib
import inspect
import io
import json
import re
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from checked_numbers import not_among, numbers_in

TUTORIALS = Path(__file__).parents[2] / "tutorials"
CHAPTERS = sorted(TUTORIALS.glob("[0-9][0-9]-*.md"))
FENCE = re.compile(r"^```(\w*)[ ]*(.*?)\n(.*?)^```$", re.M | re.S)
FLOAT = re.compile(r"(?<![\w.])[-+]?\d+\.\d+(?:e[-+]?\d+)?|(?<![\w.])[-+]?\d+e[-+]?\d+")
IMAGE = re.compile(r"!\[(.*?)\]\((.*?)\)", re.S)

pytestmark = pytest.mark.tutorial


def blocks(text):
    """Return (language, what follows it on its line, contents, their place) of every fenced block."""
    return [(*match.groups(), match.start(3)) for match in FENCE.finditer(text)]


def differs(expected, got):
    """Return what is wrong with a printed text, or "": floats may differ by one in the last printed place."""
    if FLOAT.sub("#", expected) != FLOAT.sub("#", got):
        return f"expected\n{expected}\ngot\n{got}"
    for ours, theirs in zip(FLOAT.findall(expected), FLOAT.findall(got), strict=True):
        place, other_place = (Decimal(number).as_tuple().exponent for number in (ours, theirs))
        if place != other_place or abs(Decimal(ours) - Decimal(theirs)) > Decimal(1).scaleb(place):
            return f"expected {ours}, got {theirs} in\n{got}"
    return ""


def source_of(place):
    """Return the source of `module:name`, or of `module:Class.name` without its indent."""
    module, name = place.split(":")
    found = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return inspect.cleandoc("\n" + inspect.getsource(found)) + "\n"


def run(text, path):
    """Execute a chapter from top to bottom; return its text with what it really printed, and complaints."""
    namespace, printed, rewritten, complaints, end = {"__name__": "chapter"}, "", [], [], 0
    for language, words, contents, place in blocks(text):
        where = f"{path.name}:{text.count(chr(10), 0, place)}"
        if language == "text":
            complaints += [f"{where}: {wrong}" for wrong in [differs(contents, printed)] if wrong]
            rewritten.append(text[end:place] + printed)
            printed, end = "", place + len(contents)
            continue
        if printed:
            complaints.append(f"{where}: what was printed before this block is not shown:\n{printed}")
            printed = ""
        if language == "python" and words.startswith("source="):
            source = source_of(words.removeprefix("source="))
            complaints += [f"{where}: not the source of {words}, which is\n{source}"] * (contents != source)
            rewritten.append(text[end:place] + source)
            end = place + len(contents)
        elif language == "python" and not words:
            output = io.StringIO()
            # the empty lines let a traceback name the line of the chapter
            code = "\n" * text.count("\n", 0, place) + contents
            with contextlib.redirect_stdout(output):
                exec(compile(code, str(path), "exec"), namespace)
            printed = output.getvalue()
        elif language not in ("math", "sh"):
            complaints.append(f"{where}: a block of {language!r} {words} that nothing runs")
    if printed:
        complaints.append(f"{path.name}: the last output is not shown:\n{printed}")
    return "".join(rewritten) + text[end:], complaints


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_block_of_a_chapter_prints_what_it_shows(path, tmp_path, monkeypatch, request):
    monkeypatch.chdir(tmp_path)
    with np.printoptions():
        rewritten, complaints = run(text := path.read_text(encoding="utf-8"), path)
    assert any(language == "text" for language, *_ in blocks(text))
    if request.config.getoption("--rewrite-outputs"):
        path.write_text(rewritten, encoding="utf-8")
    else:
        assert not complaints, "\n".join(complaints)


def images(path):
    """Return (its words, its file) of every picture on a page."""
    found = IMAGE.findall(path.read_text(encoding="utf-8"))
    return [(" ".join(alt.split()), path.parent / target) for alt, target in found]


def test_every_picture_exists_is_used_is_made_by_a_script_and_has_words_for_those_who_do_not_see_it():
    pages = [*TUTORIALS.glob("*.md"), TUTORIALS.parent / "README.md"]
    shown = [image for path in pages for image in images(path)]
    assert all(len(alt) > 30 for alt, _ in shown), [alt for alt, _ in shown if len(alt) <= 30]
    there = {path for path in (TUTORIALS / "figures").iterdir() if path.suffix in (".png", ".gif")}
    used = {path.resolve() for _, path in shown}
    assert {path for path in used if path.parent == TUTORIALS / "figures"} == there
    scripts = "".join(path.read_text(encoding="utf-8") for path in (TUTORIALS / "figures").glob("*.py"))
    assert [path.name for path in there if path.name not in scripts] == []


def test_every_link_between_the_pages_leads_somewhere():
    for page in [*TUTORIALS.glob("*.md"), TUTORIALS.parent / "README.md"]:
        for target in re.findall(r"(?<!!)\[[^]]*\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"


def numbers_file(path):
    """Return the file of the numbers that the script of a chapter found."""
    return TUTORIALS / "figures" / f"ch{path.name[:2]}.json"


@pytest.mark.parametrize(
    "path", [path for path in CHAPTERS if numbers_file(path).exists()], ids=lambda path: path.stem
)
def test_every_number_in_a_table_is_one_that_the_chapters_script_found(path):
    found = numbers_in(json.loads(numbers_file(path).read_text(encoding="utf-8")))
    rows = re.findall(r"^\|[^|]*\|(.*)\|$", path.read_text(encoding="utf-8"), re.M)  # less the first column
    assert not_among("\n".join(rows), found) == []


WRONG = {
    "another digit": "```python\nprint(0.25)\n```\n```text\n0.27\n```\n",
    "more digits": "```python\nprint(0.25)\n```\n```text\n0.250\n```\n",
    "another whole number": "```python\nprint(5)\n```\n```text\n6\n```\n",
    "another word": "```python\nprint('yes')\n```\n```text\nno\n```\n",
    "an output that is not shown": "```python\nprint(1)\n```\n",
    "an output not shown before the next block": "```python\nprint(1)\n```\n```python\n```\n",
    "an output that nothing produced": "```text\n1\n```\n",
    "a block that never runs": "```py\nprint(1)\n```\n",
    "a source that is another": "```python source=numpyae.nn.loss:mse\ndef mse(y, target):\n    pass\n```",
}


@pytest.mark.parametrize("case", WRONG)
def test_the_runner_finds(case):
    assert run(WRONG[case], Path("x.md"))[1]


def test_the_runner_takes_one_unit_in_the_last_place_and_rewrites_what_was_printed():
    right = "```python\nprint('0.0123 1e-3 2')\n```\n\n```text\n0.0124 1e-3 2\n```\n"
    rewritten, complaints = run(right, Path("x.md"))
    assert not complaints and rewritten == right.replace("0.0124", "0.0123")
    shown = f"```python source=numpyae.nn.loss:mse\n{source_of('numpyae.nn.loss:mse')}```\n"
    assert run(shown, Path("x.md")) == (shown, [])
