"""`python -m numpyae.benchmark` runs and adds up; how fast anything is, no test asks."""
import functools
import json
import os
import sys

import numpy as np
import pytest
from small import small_model

from numpyae import Autoencoder, Settings, benchmark
from numpyae.benchmark import (
    alternate,
    main,
    matrix_shapes,
    time_beside_pytorch,
    time_reconstruction,
    time_training,
)
from numpyae.evaluation import shards

SMALL = Settings(batch_size=8, segment=64, hidden=6, features=8)


@pytest.fixture
def small(monkeypatch):
    """The whole command, at small sizes."""
    sizes = functools.partial(Settings, batch_size=8, segment=64, hidden=6, features=8)
    monkeypatch.setattr(benchmark, "Settings", sizes)
    real = benchmark.time_reconstruction
    monkeypatch.setattr(
        benchmark, "time_reconstruction", lambda seconds, *others: real(seconds / 360, *others))


@pytest.fixture
def no_pytorch(tmp_path, monkeypatch):
    """Processes that are started find a torch that cannot be imported."""
    (tmp_path / "torch.py").write_text("raise ImportError('no module named torch')")
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    monkeypatch.setenv("PYTHONPATH", path)


def test_it_prints_a_table_and_says_when_pytorch_is_not_there(small, no_pytorch, capsys):
    assert main(["--blocks", "1", "--workers", "1"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("| training iteration") == 7 and "PyTorch is not installed here" in printed
    rows = [line for line in printed.splitlines() if line.startswith("| ")][1:]
    names = [row.split(" | ")[0] for row in rows]
    assert [name.removeprefix("| training iteration, ") for name in names[:7]] == [
        "the post's size", "half the batch size", "double the batch size", "half the segment",
        "double the segment", "half the features", "double the features",
    ]
    assert len(rows) == 8 and "reconstruction of 3 min" in rows[7]
    assert all(row.count("|") == 5 for row in rows)
    assert "1 threads" in printed.splitlines()[0]


def test_it_prints_json(small, no_pytorch, capsys):
    assert main(["--blocks", "2", "--json"]) == 0
    results = json.loads(capsys.readouterr().out)
    assert results["pytorch"] is None and "cores, NumPy " + np.__version__ in results["machine"]
    assert results["rows"][0]["what"] == "training iteration, the post's size" and len(results["rows"]) == 8
    for row in results["rows"][:7]:
        assert row["milliseconds"] > 0 and row["gflops"] > 0 and row["share_of_products"] > 0
    assert [*results["rows"][7]] == ["what", "milliseconds"] and results["rows"][7]["milliseconds"] > 0


def test_its_table_says_how_it_compares_with_pytorch():
    pytorch = {
        "version": "9.9", "blocks": 3, "milliseconds": 8.0, "pytorch_milliseconds": 16.0, "ratio": 0.5,
        "ratio_quartiles": [0.25, 0.75],
    }
    rows = [{"what": "double the batch_size", "milliseconds": 2.0, "gflops": 30.0, "share_of_products": 0.75}]
    printed = benchmark._markdown({"machine": "m", "rows": rows, "pytorch": pytorch}, 2)
    assert printed.startswith("m, 2 threads\n") and "| double the batch size | 2.0 | 30 | 75 % |" in printed
    assert "PyTorch 9.9 eager" in printed and "(3 blocks of 10 iterations)" in printed
    assert "ours 8.0 ms, PyTorch 16.0 ms, ratio 0.50 (quartiles 0.25 to 0.75)." in " ".join(printed.split())


@pytest.mark.parametrize("words", ["--blocks 0", "--workers x", "--no-such", "song.wav"])
def test_a_wrong_argument_is_one_sentence(capsys, words):
    with pytest.raises(SystemExit) as ended:
        main(words.split())
    printed = capsys.readouterr()
    assert ended.value.code == 2 and printed.out == "" and printed.err.count("\n") == 1


def test_the_posts_iteration_is_eleven_products_of_2_65_gflop():
    shapes = matrix_shapes(Autoencoder(rng=np.random.default_rng(0)), (100, 1024, 2))
    narrow, wide = 2 * 51_200 * 8 * 32, 2 * 25_600 * 128 * 64
    assert operations(shapes) == 5 * narrow + 6 * wide == 2_647_654_400
    assert [products for _, products in shapes] == [2, 3, 3, 3]


def test_the_shards_of_a_batch_have_its_operations_together():
    model = Autoencoder(rng=np.random.default_rng(0))
    parts = shards(np.zeros((100, 1024, 2), np.float32))
    assert len(parts) == 8
    assert sum(operations(matrix_shapes(model, part.shape)) for part in parts) == 2_647_654_400


def operations(shapes):
    """Return the multiplications and additions of all products."""
    return sum(
        2 * rows * width * outputs * products for ((rows, width), (_, outputs), _), products in shapes
    )


def test_the_shapes_are_of_matrices_that_can_be_multiplied_and_are_the_kernels():
    model = small_model()
    layers = [layer for pair in model.pairs() for layer in pair]
    shapes = [each for each, _ in matrix_shapes(model, (8, 64, 2))]
    for layer, (windows, kernel, y) in zip(layers, shapes, strict=True):
        assert (windows[0], kernel[1]) == y and windows[1] == kernel[0]
        assert kernel[0] * kernel[1] == layer.w.size
    assert [windows[0] for windows, _, _ in shapes] == [8 * 32, 8 * 32, 8 * 16, 8 * 16]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_training_iteration_is_timed_beside_its_bare_products(workers):
    found = time_training(SMALL, workers, 2)
    assert [*found] == ["milliseconds", "gflops", "share_of_products"]
    assert all(np.isfinite(value) and value > 0 for value in found.values())
    flops = operations(matrix_shapes(small_model(), (8, 64, 2)))
    assert found["milliseconds"] * found["gflops"] * 1e6 == pytest.approx(flops)
    assert found["share_of_products"] < 5  # a part, but for the noise of microseconds


def test_what_is_timed_is_an_iteration_that_trains():
    step, model = benchmark._training_step(SMALL, 1)
    before = model.parameters.copy()
    step()
    assert not np.array_equal(model.parameters, before)
    assert model.widths() == [2, 6, 8, 6, 2]


def test_blocks_of_all_functions_take_turns_after_the_cold_first_calls():
    calls = []
    seconds = alternate([lambda: calls.append("a"), lambda: calls.append("b")], blocks=3, calls=2)
    assert "".join(calls) == 4 * "a" + 4 * "b" + 3 * "aabb"
    assert [len(times) for times in seconds] == [3, 3] and min(map(min, seconds)) >= 0


def test_a_call_of_a_block_is_its_share(monkeypatch):
    clock = iter([10.0, 16.0])
    monkeypatch.setattr(benchmark.time, "perf_counter", lambda: next(clock))
    assert benchmark._timed(lambda: None, calls=4) == 1.5


@pytest.mark.parametrize("workers", [1, 2])
def test_a_song_is_timed_from_file_to_file(monkeypatch, workers):
    written, real = [], benchmark.writer

    def remember(path, rate, channels):
        written.append((path.name, rate, channels, path.parent))
        return real(path, rate, channels)

    monkeypatch.setattr(benchmark, "writer", remember)
    seconds = time_reconstruction(0.5, workers, 3)
    assert 0 < seconds < 60 and [each[:3] for each in written] == 3 * [("out.wav", 44100, 2)]
    assert not written[0][3].exists()


def test_without_pytorch_there_is_no_comparison(no_pytorch):
    assert time_beside_pytorch(SMALL, 1, 1) is None


def test_the_two_sides_take_turns_and_the_ratio_is_ours_to_theirs(tmp_path, monkeypatch):
    """A stand-in answers for PyTorch: its version, then two seconds for whatever number is asked."""
    peer, log = tmp_path / "python", tmp_path / "log"
    peer.write_text(
        f"#!{sys.executable}\nimport sys\nprint('9.9', flush=True)\n"
        f"for line in sys.stdin:\n    print(2.0, flush=True)\n    open({str(log)!r}, 'a').write(line)\n"
        f"open({str(log)!r}, 'a').write(' '.join(sys.argv[1:]))\n"
    )
    peer.chmod(0o755)
    monkeypatch.setattr(benchmark.sys, "executable", str(peer))
    monkeypatch.setattr(benchmark, "_timed", lambda step, calls: step() or 0.5)
    found = time_beside_pytorch(SMALL, 3, 4)
    assert found == {
        "version": "9.9", "blocks": 4, "milliseconds": 500, "pytorch_milliseconds": 2000, "ratio": 0.25,
        "ratio_quartiles": [0.25, 0.25],
    }
    assert log.read_text().splitlines() == ["3", *4 * ["10"], "-m numpyae.benchmark_pytorch 3"]


@pytest.mark.slow
def test_pytorch_itself_answers_where_it_is_installed():
    pytest.importorskip("torch")
    found = time_beside_pytorch(SMALL, 1, 1)
    assert found["version"][0].isdecimal() and found["pytorch_milliseconds"] > 0 and found["ratio"] > 0
