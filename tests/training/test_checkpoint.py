"""model.npz: it gives back what was saved, to the bit, or is refused in one sentence."""
import io
import json
import re
import resource
import time
import tracemalloc
import zipfile

import numpy as np
import pytest
from hostile import few_many_all, mutated

from numpyae import Adam, Autoencoder, load
from numpyae.errors import InputError
from numpyae.training import load_training, save
from numpyae.training.checkpoint import _digest

SIZES = dict(channels=2, hidden=6, features=8, kernel=4, stride=2, padding="same")
W = np.zeros((4, 2, 6), np.float32)


def small_model():
    return Autoencoder(2, 6, 8, rng=np.random.default_rng(0))


def saved(folder, steps=3):
    """Save a small model after so many steps, and return it and the state of its training."""
    rng = np.random.default_rng(440)
    model = small_model()
    optimizer = Adam(model.parameters)
    for _ in range(steps):
        optimizer.step(rng.standard_normal(model.parameters.shape, np.float32))
    metrics = np.c_[np.arange(1, steps + 1), rng.standard_normal((steps, 5))]
    metrics[0, 2:5] = np.nan
    training = {
        "config": {"seed": 3, "audio": "привет.wav", "learning_rate": 0.1}, "steps": steps,
        "generator": rng.bit_generator.state, "mean": optimizer.mean, "square": optimizer.square,
        "metrics": metrics, "frames": rng.standard_normal((2, 1, 64, 2), np.float32),
        "frame_iterations": np.array([0, 3]),
    }
    save(folder, model, training)
    return model, training


def same(ours, theirs):
    return ours.keys() == theirs.keys() and all(
        np.array_equal(ours[name], theirs[name], equal_nan=True) and ours[name].dtype == theirs[name].dtype
        if isinstance(theirs[name], np.ndarray) else ours[name] == theirs[name] for name in theirs
    )


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


def test_load_training_gives_everything_back_and_the_generator_goes_on(tmp_path):
    model, training = saved(tmp_path)
    back, state = load_training(tmp_path)
    assert back.parameters.tobytes() == model.parameters.tobytes() and same(state, training)
    ours, theirs = np.random.default_rng(), np.random.default_rng()
    ours.bit_generator.state, theirs.bit_generator.state = state["generator"], training["generator"]
    assert np.array_equal(ours.integers(0, 10**9, 99), theirs.integers(0, 10**9, 99))


def test_numpy_alone_can_read_the_file_by_name(tmp_path):
    model, training = saved(tmp_path)
    with np.load(tmp_path / "model.npz") as file:
        assert np.array_equal(file["2.w"], model.named_parameters()["2.w"])
        assert np.array_equal(file["training.square"], training["square"])
        assert json.loads(str(file["sizes"])) == SIZES


def rewrite(path, **changes):
    """Change members as somebody would who also mends the digest."""
    with np.load(path, allow_pickle=True) as file:
        arrays = {name: np.asanyarray(value) for name, value in {**file, **changes}.items() if value is not None}
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
            header = io.BytesIO()
            np.lib.format.write_array_header_1_0(header, {"descr": dtype, "fortran_order": False, "shape": shape})
            contents = header.getvalue() + contents[128:]
        archive.writestr(name, contents)

    repack(path, change)


def twice(archive, name, contents):
    archive.writestr(name, contents)
    if name == "0.w.npy":
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(name, contents)


def state(**changes):
    def damage(path):
        with np.load(path) as file:
            training = json.loads(str(file["training"]))
        rewrite(path, training=json.dumps({**training, **changes}))

    return damage


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
    "endless text": lambda path: rewrite(path, sizes=json.dumps(SIZES) + " " * 2**20),
    "deep text": lambda path: rewrite(path, sizes="[" * 100_000),
    "an array missing": lambda path: rewrite(path, **{"0.w": None}),
    "an array too many": lambda path: rewrite(path, **{"9.w": W}),
    "another shape": lambda path: rewrite(path, **{"0.w": W[:3]}),
    "another shape of a bias": lambda path: rewrite(path, **{"0.b": np.zeros(7, np.float32)}),
    "another dtype": lambda path: rewrite(path, **{"2.w": np.zeros((4, 6, 8))}),
    "Fortran's order": lambda path: rewrite(path, **{"2.w": np.asfortranarray(np.ones((4, 6, 8), np.float32))}),
    "no network": lambda path: rewrite(path, **{name: None for name in small_model().named_parameters()}),
    "NaN": lambda path: rewrite(path, **{"0.w": W + np.float32(np.nan)}),
    "infinite": lambda path: rewrite(path, **{"0.w": W + np.float32(np.inf)}),
    "objects": lambda path: rewrite(path, **{"0.w": np.array([print], dtype=object)}),
    "encrypted": lambda path: path.write_bytes(re.sub(rb"(PK\x01\x02....)\0", rb"\1\1", path.read_bytes(), flags=re.S)),
    "a name twice": lambda path: repack(path, twice),
    "packed": lambda path: repack(path, lambda archive, name, contents: archive.writestr(
        name, contents, compress_type=zipfile.ZIP_DEFLATED)),
    "a bomb": lambda path: repack(path, lambda archive, name, contents: archive.writestr(
        name, contents + bytes(10**8 if name == "2.w.npy" else 0), compress_type=zipfile.ZIP_DEFLATED)),
    "a huge shape": lambda path: claim(path, (10**6, 10**6)),
    "an overflowing shape": lambda path: claim(path, (2**40, 2**40)),
    "a negative shape": lambda path: claim(path, (-1, 6, 8)),
    "a huge number": lambda path: claim(path, (4, 6, 8), "<U99999999"),
    "moments of another shape": lambda path: rewrite(path, **{"training.mean": np.zeros(3, np.float32)}),
    "moments that are not finite": lambda path: rewrite(path, **{"training.square": small_model().parameters * np.nan}),
    "no moments": lambda path: rewrite(path, **{"training.mean": None}),
    "too few metrics": lambda path: rewrite(path, **{"training.metrics": np.ones((1, 6))}),
    "frames of another song": lambda path: rewrite(path, **{"training.frames": np.zeros((2, 1, 64, 3), np.float32)}),
    "frames out of order": lambda path: rewrite(path, **{"training.frame_iterations": np.array([3, 0])}),
    "no steps": state(steps=None),
    "other steps": state(steps=10**12),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_what_is_not_a_model_is_refused_in_one_sentence_and_costs_no_memory(tmp_path, name):
    saved(tmp_path)
    DAMAGES[name](tmp_path / "model.npz")
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="is not a model that can be read") as caught:
            load_training(tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 50e6
    finally:
        tracemalloc.stop()
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_a_folder_without_a_model_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(InputError, match="holds no model.npz"):
            load(path)


def test_a_network_saved_without_its_training_has_none_to_go_on_with(tmp_path):
    save(tmp_path, small_model())
    with pytest.raises(InputError, match="holds a network but no training to go on with"):
        load_training(tmp_path)


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
    model, training = saved(tmp_path)
    path = tmp_path / "model.npz"
    contents = path.read_bytes()
    memory, slowest, loaded = peak_memory(), 0.0, 0
    for _ in range(count):
        path.write_bytes(mutated(contents, rng))
        started = time.perf_counter()
        try:
            back, found = load_training(tmp_path)
        except InputError as error:
            assert "\n" not in str(error)
        else:
            loaded += 1
            assert back.parameters.tobytes() == model.parameters.tobytes() and same(found, training)
        slowest = max(slowest, time.perf_counter() - started)
    more = peak_memory() - memory
    assert more < 100
    print(f"{count} checkpoints: {count - loaded} refused, {loaded} loaded; {1000 * slowest:.0f} ms at most, {more:.0f} MB more")


def peak_memory():
    """Return the most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
