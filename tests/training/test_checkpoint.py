"""model.npz: it gives back what was saved, to the bit, or is refused in one sentence."""
import dataclasses
import io
import json
import re
import resource
import time
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hostile import few_many_all, mutated
from small import small_model

from numpyae import Adam, Autoencoder, ReLU, Run, Sequential, Settings, load
from numpyae.errors import InputError
from numpyae.training import Diverged, load_state, save
from numpyae.training import run as run_module
from numpyae.training.checkpoint import State, _digest, write_checkpoint
from numpyae.training.source import Source

SIZES = dict(channels=2, hidden=6, features=8, kernel=4, stride=2, padding="same")
W = np.zeros((4, 2, 6), np.float32)


def saved(folder, steps=3):
    """Save a small model after so many steps, and return it and its State."""
    rng = np.random.default_rng(440)
    model = small_model()
    optimizer = Adam(model.parameters)
    for _ in range(steps):
        optimizer.step(rng.standard_normal(model.parameters.shape, np.float32))
    names = ("loss", "snr_db", "snr_mid_db", "snr_side_db", "seconds")
    rows = {"iteration": np.arange(1.0, steps + 1), **{name: rng.standard_normal(steps) for name in names}}
    for name in names[1:4]:
        rows[name][0] = np.nan
    state = State(
        Settings(iterations=9, segment=64, hidden=6, features=8, seed=3, learning_rate=0.1),
        Source("привет.wav", "/songs/привет.wav", 64 * "0", 16537, 11025, 2),
        {"numpy": "1.0", "python": "3.10"}, rng.bit_generator.state, optimizer.state(), rows,
        {"pictures": rng.standard_normal((2, 1, 64, 2), np.float32), "iterations": np.array([0, 3])},
    )
    write_checkpoint(folder, model, state)
    return model, state


def same(ours, theirs):
    """Return whether two States are equal, arrays to the bit."""
    for field in dataclasses.fields(State):
        one, other = getattr(ours, field.name), getattr(theirs, field.name)
        if not isinstance(one, dict):
            if one != other:
                return False
        elif one.keys() != other.keys() or not all(_same_value(one[name], other[name]) for name in one):
            return False
    return True


def _same_value(one, other):
    if isinstance(one, np.ndarray):
        other = np.asarray(other)
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    return one == other


@pytest.mark.parametrize("settings", [
    {}, dict(kernel=5, stride=3, padding=(2, 2)), dict(padding="valid", init="he"), dict(dtype=np.float64),
    dict(kernel=np.int64(3)),
])
def test_load_gives_the_saved_model_back(tmp_path, rng, settings):
    model = Autoencoder(3, 4, 5, rng=rng, **settings)
    save(tmp_path, model)
    back = load(tmp_path)
    assert back.parameters.tobytes() == model.parameters.tobytes() and repr(back) == repr(model)
    x = rng.standard_normal((2, 20, 3)).astype(model.parameters.dtype)
    assert np.array_equal(back.forward(x)[0], model.forward(x)[0])


@pytest.mark.parametrize("path, file", [
    ("run", "run/model.npz"), ("run/model.npz", "run/model.npz"), ("new/runs/mine.npz", "new/runs/mine.npz"),
    ("a folder.npz", "a folder.npz/model.npz"),
])
def test_a_model_is_saved_to_and_loaded_from_a_folder_or_a_file(empty_folder, path, file):
    if path.startswith("a folder"):
        Path(path).mkdir()
    model = small_model()
    save(path, model)
    assert [*map(str, Path().rglob("*.npz"))][-1] == file
    for back in (load(path), load(Path(file))):
        assert back.parameters.tobytes() == model.parameters.tobytes()


def spoil(model, number):
    model.parameters[3] = number
    return model


@pytest.mark.parametrize("model, words", [
    (spoil(small_model(), np.nan), "0.w is not finite"), (spoil(small_model(), np.inf), "0.w is not finite"),
    (small_model(dtype=np.complex128), "0.w holds complex128"),
    (Sequential(ReLU()), r"expected an Autoencoder to save, as in save\(path, model\), got Sequential"),
])
def test_save_keeps_the_file_that_is_there_if_load_would_refuse_the_new_one(tmp_path, model, words):
    save(tmp_path, small_model(seed=1))
    before = (tmp_path / "model.npz").read_bytes()
    with pytest.raises(ValueError, match=words):
        save(tmp_path, model)
    with pytest.raises(ValueError, match=words):
        save(tmp_path / "new", model)
    assert (tmp_path / "model.npz").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["model.npz"]


def test_a_state_that_could_not_be_continued_is_not_saved_either(tmp_path):
    model, state = saved(tmp_path)
    state.optimizer["square"][0] = np.inf
    with pytest.raises(InputError, match="this model cannot be saved .expected a finite square"):
        write_checkpoint(tmp_path, model, state)
    assert np.isfinite(load_state(tmp_path)[1].optimizer["square"]).all()


@pytest.mark.parametrize("learning_rate", [1e20, 1e300])
def test_a_run_that_diverges_keeps_its_last_finite_network_however_often_it_saves(
    song_file, monkeypatch, learning_rate
):
    monkeypatch.setattr(run_module, "CHECKPOINT_EVERY", 0)
    small = Settings(9, batch_size=8, segment=64, hidden=6, features=8, learning_rate=learning_rate)
    with Run.begin("run", song_file, small) as run, pytest.raises(Diverged):
        first = run.model.parameters.copy()
        for _ in run.train():
            pass
    assert np.array_equal(load("run").parameters, first)


def test_save_does_not_overwrite_what_a_run_resumes_from(tmp_path):
    saved(tmp_path)
    before = (tmp_path / "model.npz").read_bytes()
    words = r"model.npz holds the state that its run resumes from, and would lose it: give another path$"
    for path in (tmp_path, tmp_path / "model.npz"):
        with pytest.raises(InputError, match=words):
            save(path, small_model())
    assert (tmp_path / "model.npz").read_bytes() == before
    write_checkpoint(tmp_path, small_model())  # as a run that diverges does
    save(tmp_path, small_model(seed=1))
    assert np.array_equal(load(tmp_path).parameters, small_model(seed=1).parameters)


@pytest.mark.parametrize("name", ["song.flac", "song.flac/new"])
def test_save_in_a_file_that_is_no_folder_is_refused(empty_folder, name):
    Path("song.flac").write_text("mine")
    words = f"^{name} is not a folder: give the path of one, or of a file that ends in .npz"
    with pytest.raises(InputError, match=words):
        save(name, small_model())
    assert Path("song.flac").read_text() == "mine"


def test_parameters_as_large_as_float32_holds_are_finite(tmp_path):
    save(tmp_path, spoil(small_model(), 3e38))
    assert load(tmp_path).parameters[3] == np.float32(3e38)


def test_load_training_gives_everything_back_and_the_generator_goes_on(tmp_path):
    model, state = saved(tmp_path)
    back, found = load_state(tmp_path)
    assert back.parameters.tobytes() == model.parameters.tobytes() and same(found, state)
    ours, theirs = np.random.default_rng(), np.random.default_rng()
    ours.bit_generator.state, theirs.bit_generator.state = found.generator, state.generator
    assert np.array_equal(ours.integers(0, 10**9, 99), theirs.integers(0, 10**9, 99))


@pytest.mark.parametrize("change", [
    {"frames": {}}, {"source": Source(None, None, None, 529200, 44100, 2)},
    {"settings": Settings(
        hidden=6, features=8, seed=2**63, init="he", edges="context", learning_rate=1 / 3)},
], ids=["no frames", "the demo song", "other settings"])
def test_a_state_of_another_kind_comes_back_too(tmp_path, change):
    model, state = saved(tmp_path)
    state = dataclasses.replace(state, **change)
    write_checkpoint(tmp_path, model, state)
    assert same(load_state(tmp_path)[1], state)


def test_config_json_holds_every_setting_the_song_and_the_versions(tmp_path):
    _, state = saved(tmp_path)
    config = state.config()
    assert [*config] == [
        "iterations", "batch_size", "segment", "hidden", "features", "kernel", "stride", "init", "edges",
        "learning_rate", "seed", "audio", "audio_path", "audio_sha256", "samples", "sample_rate",
        "channels", "versions",
    ]
    assert (config["iterations"], config["audio"], config["versions"]) == (9, "привет.wav", state.versions)


def test_numpy_alone_can_read_the_file_by_name(tmp_path):
    model, state = saved(tmp_path)
    with np.load(tmp_path / "model.npz") as file:
        assert np.array_equal(file["2.w"], model.named_parameters()["2.w"])
        assert np.array_equal(file["optimizer.square"], state.optimizer["square"])
        assert np.array_equal(file["rows.loss"], state.rows["loss"])
        assert json.loads(str(file["sizes"])) == SIZES and file["format"] == 2
        assert json.loads(str(file["training"]))["config"]["audio"] == "привет.wav"


def rewrite(path, **changes):
    """Change members of the file and recompute its digest to match."""
    with np.load(path, allow_pickle=True) as file:
        members = {**file, **changes}
    arrays = {name: np.asanyarray(value) for name, value in members.items() if value is not None}
    arrays.pop("digest")
    np.savez(path, **arrays, digest=np.array(_digest(arrays)))


def repack(path, change):
    """Write the zip anew, as change(archive, name, bytes) does for every member."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, contents in members.items():
            change(archive, name, contents)


def claim(path, shape, dtype="<f4"):
    """Let the header of one member promise another shape."""
    def change(archive, name, contents):
        if name == "2.w.npy":
            header, promise = io.BytesIO(), {"descr": dtype, "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(header, promise)
            contents = header.getvalue() + contents[128:]
        archive.writestr(name, contents)

    repack(path, change)


def twice(archive, name, contents):
    archive.writestr(name, contents)
    if name == "0.w.npy":
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(name, contents)


def text_of(path):
    with np.load(path) as file:
        return str(file["training"])


def change_training(**changes):
    return lambda path: rewrite(path, training=json.dumps({**json.loads(text_of(path)), **changes}))


def change_config(**changes):
    def damage(path):
        config = json.loads(text_of(path))["config"]
        change_training(config={**config, **changes})(path)

    return damage


SNRS = ("snr_db", "snr_mid_db", "snr_side_db")
DAMAGES = {
    "not a zip": lambda path: path.write_bytes(b"model"),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:1000]),
    "one number changed": lambda path: repack(path, lambda archive, name, contents: archive.writestr(
        name, contents[:-1] + b"\1" if name == "2.w.npy" else contents)),
    "another format": lambda path: rewrite(path, format=99),
    "no sizes": lambda path: rewrite(path, sizes=None),
    "sizes not json": lambda path: rewrite(path, sizes="{"),
    "sizes not a dict": lambda path: rewrite(path, sizes="[]"),
    "sizes missing": lambda path: rewrite(path, sizes="{}"),
    "other sizes": lambda path: rewrite(path, sizes=json.dumps({**SIZES, "hidden": 7})),
    "huge sizes": lambda path: rewrite(path, sizes=json.dumps({**SIZES, "hidden": 10**9, "features": 10**9})),
    "a size of another kind": lambda path: rewrite(path, sizes=json.dumps({**SIZES, "hidden": "6"})),
    "half a sample of padding": lambda path: rewrite(
        path, sizes=json.dumps({**SIZES, "padding": [1.5, 1]})),
    "endless text": lambda path: rewrite(path, sizes=json.dumps(SIZES) + " " * 2**20),
    "deep text": lambda path: rewrite(path, sizes="[" * 100_000),
    "an array missing": lambda path: rewrite(path, **{"0.w": None}),
    "an array too many": lambda path: rewrite(path, **{"9.w": W}),
    "another shape": lambda path: rewrite(path, **{"0.w": W[:3]}),
    "another shape of a bias": lambda path: rewrite(path, **{"0.b": np.zeros(7, np.float32)}),
    "another dtype": lambda path: rewrite(path, **{"2.w": np.zeros((4, 6, 8))}),
    "Fortran's order": lambda path: rewrite(path, **{"2.w": np.ones((8, 6, 4), np.float32).T}),
    "no network": lambda path: rewrite(path, **{name: None for name in small_model().named_parameters()}),
    "NaN": lambda path: rewrite(path, **{"0.w": W + np.float32(np.nan)}),
    "infinite": lambda path: rewrite(path, **{"0.w": W + np.float32(np.inf)}),
    "objects": lambda path: rewrite(path, **{"0.w": np.array([print], dtype=object)}),
    "encrypted": lambda path: path.write_bytes(
        re.sub(rb"(PK\x01\x02....)\0", rb"\1\1", path.read_bytes(), flags=re.S)),
    "a name twice": lambda path: repack(path, twice),
    "packed": lambda path: repack(path, lambda archive, name, contents: archive.writestr(
        name, contents, compress_type=zipfile.ZIP_DEFLATED)),
    "a bomb": lambda path: repack(path, lambda archive, name, contents: archive.writestr(
        name, contents + bytes(10**8 if name == "2.w.npy" else 0), compress_type=zipfile.ZIP_DEFLATED)),
    "a huge shape": lambda path: claim(path, (10**6, 10**6)),
    "an overflowing shape": lambda path: claim(path, (2**40, 2**40)),
    "a negative shape": lambda path: claim(path, (-1, 6, 8)),
    "a huge number": lambda path: claim(path, (4, 6, 8), "<U99999999"),
    "moments of another shape": lambda path: rewrite(path, **{"optimizer.mean": np.zeros(3, np.float32)}),
    "moments that are not finite": lambda path: rewrite(
        path, **{"optimizer.square": small_model().parameters * np.nan}),
    "no moments": lambda path: rewrite(path, **{"optimizer.mean": None}),
    "too few metrics": lambda path: rewrite(
        path, **{f"rows.{name}": np.ones(1) for name in ("iteration", "loss", *SNRS, "seconds")}),
    "metrics of unequal lengths": lambda path: rewrite(path, **{"rows.loss": np.ones(2)}),
    "no metrics": lambda path: rewrite(path, **{"rows.snr_db": None}),
    "metrics that nobody knows": lambda path: rewrite(path, **{"rows.a.b": np.ones(3)}),
    "frames of another song": lambda path: rewrite(
        path, **{"frames.pictures": np.zeros((2, 1, 64, 3), np.float32)}),
    "frames out of order": lambda path: rewrite(path, **{"frames.iterations": np.array([3, 0])}),
    "frames without iterations": lambda path: rewrite(path, **{"frames.iterations": None}),
    "no steps": lambda path: rewrite(path, **{"optimizer.steps": None}),
    "other steps": lambda path: rewrite(path, **{"optimizer.steps": np.array(10**12)}),
    "steps of several": lambda path: rewrite(path, **{"optimizer.steps": np.array([3, 3])}),
    "training data that is a list": lambda path: rewrite(path, training="[1]"),
    "no generator": change_training(generator=None),
    "no config": change_training(config=None),
    "a setting out of range": change_config(stride=0),
    "a setting that nobody knows": change_config(nonsense=1),
    "settings of another network": change_config(hidden=16),
    "a song of another number of channels": change_config(channels=1),
    **{f"{name} of {value!r}": change_config(**{name: value}) for name, value in (
        ("sample_rate", 0), ("sample_rate", -5), ("sample_rate", "x"), ("sample_rate", 44100.5),
        ("sample_rate", 10**7), ("samples", 0), ("samples", 1e9), ("channels", 2.0), ("audio", None),
        ("audio_path", 7), ("audio_sha256", None),
    )},
    "a huge stride": lambda path: (
        change_config(stride=1001)(path), rewrite(path, sizes=json.dumps({**SIZES, "stride": 1001}))),
    "huge padding": lambda path: rewrite(path, sizes=json.dumps({**SIZES, "padding": [0, 10**12]})),
    "padding as long as the kernel": lambda path: rewrite(
        path, sizes=json.dumps({**SIZES, "padding": [4, 1]})),
    "samples missing": lambda path: rewrite(path, training=re.sub('"samples": [0-9]*, ', "", text_of(path))),
    "versions that are no texts": change_config(versions={"numpy": 1}),
    "another version that is no text": change_config(versions={"numpy": "1", "scipy": 1}),
    "no version of NumPy": change_config(versions={}),
    "no training but its arrays": lambda path: rewrite(path, training="{}"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_not_a_model_is_refused_in_one_sentence_and_costs_no_memory(tmp_path, name):
    saved(tmp_path)
    DAMAGES[name](tmp_path / "model.npz")
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="is not a model that can be read") as caught:
            load_state(tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_a_folder_without_a_model_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "missing", tmp_path / "model.npz"):
        with pytest.raises(InputError, match="holds no model.npz"):
            load(path)


def test_a_network_saved_without_its_training_has_none_to_go_on_with(tmp_path):
    save(tmp_path, small_model())
    with pytest.raises(InputError, match="holds a network but no state to go on from, as after"):
        load_state(tmp_path)


def test_a_file_cut_anywhere_is_refused(tmp_path):
    saved(tmp_path)
    path = tmp_path / "model.npz"
    contents = path.read_bytes()
    for length in range(0, len(contents), 17):
        path.write_bytes(contents[:length])
        with pytest.raises(InputError):
            load(tmp_path)


@few_many_all(300, 2000, 10_000)
def test_a_file_with_accidents_is_refused_or_gives_exactly_what_was_saved(tmp_path, rng, count):
    model, state = saved(tmp_path)
    path = tmp_path / "model.npz"
    contents = path.read_bytes()
    memory, slowest, loaded = peak_memory(), 0.0, 0
    for _ in range(count):
        path.write_bytes(mutated(contents, rng))
        started = time.perf_counter()
        try:
            back, found = load_state(tmp_path)
        except InputError as error:
            assert "\n" not in str(error)
        else:
            loaded += 1
            assert back.parameters.tobytes() == model.parameters.tobytes() and same(found, state)
        slowest = max(slowest, time.perf_counter() - started)
    more = peak_memory() - memory
    assert more < 100
    print(
        f"{count} checkpoints: {count - loaded} refused, {loaded} loaded; {1000 * slowest:.0f} ms at most, "
        f"{more:.0f} MB more"
    )


def peak_memory():
    """Return the most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


OLD_COLUMNS = ("iteration", "loss", "snr_db", "snr_mid_db", "snr_side_db", "seconds")


def save_in_format_1(folder, model, state):
    """Write model.npz, config.json and metrics.json as the first edition of numpyae did."""
    folder = Path(folder)
    obsolete = dict(output=str(folder), resume=None, workers=2, quiet=True, json=False, no_report=False)
    config = {**state.config(), **obsolete}
    steps = int(state.optimizer["steps"])
    arrays = {
        "mean": state.optimizer["mean"], "square": state.optimizer["square"],
        "metrics": np.stack([state.rows[name] for name in OLD_COLUMNS], axis=1),
    }
    if state.frames:
        arrays |= {"frames": state.frames["pictures"], "frame_iterations": state.frames["iterations"]}
    texts = {
        "sizes": {name: getattr(model, name) for name in SIZES},
        "training": {"config": config, "steps": steps, "generator": state.generator},
    }
    members = {
        "format": np.array(1), **{name: np.array(json.dumps(text)) for name, text in texts.items()},
        **model.named_parameters(), **{f"training.{name}": array for name, array in arrays.items()},
    }
    np.savez(folder / "model.npz", **members, digest=np.array(_digest(members)))
    (folder / "config.json").write_text(json.dumps(config))
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics.pop("finished") and metrics["total_seconds"] is not None
    (folder / "metrics.json").write_text(json.dumps(metrics))


@pytest.mark.parametrize("report", [False, True])
def test_a_run_of_the_first_edition_loads_and_goes_on_to_the_same_bits(song_file, report):
    small = dict(batch_size=8, segment=64, hidden=6, features=8)
    for name, iterations in (("whole", 9), ("old", 4)):
        with Run.begin(name, song_file, Settings(iterations, **small), report=report) as run:
            assert len([*run.train()]) == iterations
            run.finish()
    model, state = load_state("old")
    save_in_format_1("old", model, state)
    with np.load("old/model.npz") as file:
        assert file["format"] == 1 and file["training.metrics"].shape == (4, 6)
    assert load("old").parameters.tobytes() == model.parameters.tobytes()
    assert same(load_state("old")[1], state)
    with Run.resume("old", report=report) as run:
        assert run.finished_metrics() is None  # since that edition did not say what its report shows
    with Run.resume("old", iterations=9, report=report) as run:
        assert run.finished_metrics() is None
        assert [row.iteration for row in run.train()] == [5, 6, 7, 8, 9]
        run.finish()
    (ours, found), (theirs, expected) = load_state("old"), load_state("whole")
    found.rows.pop("seconds"), expected.rows.pop("seconds")
    assert ours.parameters.tobytes() == theirs.parameters.tobytes() and same(found, expected)
    config = json.loads(Path("old/config.json").read_text())
    assert config == json.loads(Path("whole/config.json").read_text())
    with np.load("old/model.npz") as file:
        assert file["format"] == 2


def test_a_network_of_the_first_edition_without_a_state_has_none_to_go_on_from(tmp_path):
    model = small_model()
    members = {
        "format": np.array(1), "sizes": np.array(json.dumps(SIZES)), "training": np.array("{}"),
        **model.named_parameters(),
    }
    np.savez(tmp_path / "model.npz", **members, digest=np.array(_digest(members)))
    assert load(tmp_path).parameters.tobytes() == model.parameters.tobytes()
    with pytest.raises(InputError, match="holds a network but no state to go on from"):
        load_state(tmp_path)


OLD_DAMAGES = {
    "too few metrics": {"training.metrics": np.ones((1, 6))},
    "metrics with a column less": {"training.metrics": np.ones((3, 5))},
    "metrics in one row": {"training.metrics": np.ones(6)},
    "no metrics": {"training.metrics": None},
    "no moments": {"training.mean": None},
    "frames out of order": {"training.frame_iterations": np.array([3, 0])},
    "no steps": {"training": "{}"},
    "arrays of both formats": {"optimizer.mean": np.zeros(3, np.float32)},
    "an array too many": {"training.more": W},
}


@pytest.mark.parametrize("name", OLD_DAMAGES)
def test_a_file_of_the_first_edition_that_is_damaged_is_refused_too(tmp_path, name):
    model, state = saved(tmp_path)
    (tmp_path / "metrics.json").write_text('{"finished": true, "total_seconds": 1.0}')
    save_in_format_1(tmp_path, model, state)
    assert same(load_state(tmp_path)[1], state)
    rewrite(tmp_path / "model.npz", **OLD_DAMAGES[name])
    with pytest.raises(InputError, match="is not a model that can be read"):
        load_state(tmp_path)
