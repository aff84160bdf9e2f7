"""`python -m numpyae.benchmark` runs and adds up; how fast anything is, no test asks."""
import json

import numpy as np
import pytest

from numpyae import Autoencoder, benchmark
from numpyae.benchmark import main


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(benchmark, "POST", dict(batch=4, segment=64, features=8))
    monkeypatch.setattr(benchmark, "_song_length", lambda *_: (1.0,))
    monkeypatch.setattr(benchmark, "_reconstruction", lambda *_: 1.0)
    monkeypatch.setattr(benchmark, "_gradient_check", lambda: None)
    monkeypatch.setattr(benchmark, "_animation", lambda: None)


def test_it_prints_a_table_and_says_when_pytorch_is_not_there(small, capsys, monkeypatch):
    monkeypatch.setattr(benchmark, "_pytorch", lambda _: None)
    assert main(["--blocks", "1", "--workers", "1"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("| training iteration") == 9 and "PyTorch is not installed here" in printed


def test_it_prints_json(small, capsys, monkeypatch):
    monkeypatch.setattr(benchmark, "_pytorch", lambda _: None)
    assert main(["--blocks", "1", "--json"]) == 0
    results = json.loads(capsys.readouterr().out)
    assert results["pytorch"] is None and results["rows"][0]["what"] == "training iteration, the post's size"
    assert results["rows"][0]["gflops"] > 0 and results["rows"][0]["share_of_products"] > 0


def test_the_posts_iteration_is_eleven_products_of_2_65_gflop():
    shapes = benchmark._matrices(Autoencoder(rng=np.random.default_rng(0)), 100, 1024)
    narrow, wide = 2 * 51_200 * 8 * 32, 2 * 25_600 * 128 * 64
    assert benchmark._flops(shapes) == 5 * narrow + 6 * wide == 2_647_654_400
