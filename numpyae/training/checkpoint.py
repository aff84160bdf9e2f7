"""The model file of a run: parameters by name, the network's sizes, and all that training needs to continue.

model.npz is NumPy's own format, a zip of arrays. Reading it trusts nothing: Python objects and sizes that the
file does not bear out are refused, and so are numbers that are not finite and a digest that does not match.
"""
import dataclasses
import hashlib
import io
import json
import os
import zipfile
from pathlib import Path

import numpy as np

from numpyae.atomic import atomic
from numpyae.autoencoder import Autoencoder
from numpyae.errors import InputError
from numpyae.nn import Adam
from numpyae.nn.conv import check_whole
from numpyae.training.metrics_table import MetricsTable
from numpyae.training.settings import MAX_STRIDE, Settings
from numpyae.training.source import Source

FORMAT = 2
SIZES = ("channels", "hidden", "features", "kernel", "stride", "padding")  # of Autoencoder
MAX_JSON_BYTES = 2**20  # more than any run needs
MAX_RATE = 10**7  # Hz
PARTS = ("optimizer", "rows", "frames")  # the fields of State that are dicts of arrays


@dataclasses.dataclass(frozen=True)
class State:
    """What a run needs to continue, besides its network. Each part is made by its owner's state()."""

    settings: Settings
    source: Source
    versions: dict  # name -> version of Python, numpyae and the packages
    generator: dict  # the state of the NumPy generator that draws the batches
    optimizer: dict  # see Adam
    rows: dict  # see MetricsTable
    frames: dict  # see Recorder; empty if there are none

    def config(self):
        """Return what config.json holds: every setting, the song, and the versions."""
        settings, source = dataclasses.asdict(self.settings), dataclasses.asdict(self.source)
        return {**settings, **source, "versions": self.versions}


def save(path, model):
    """Write the model alone, for `load`, whole or not at all.

    path: a folder, which is made if it is not there, or the path of a file that ends in .npz. Raises
    InputError, and leaves the file as it was, if it holds the state that a run resumes from, and if `load`
    would refuse the model: if a number is NaN or infinite, for example.
    """
    try:
        _, state = _load(path)
    except InputError:  # there is no model yet, or none that can be read
        state = None
    if state is not None:
        raise InputError(
            f"{_model_file(path)} holds the state that its run resumes from, and would lose it: give another "
            "path"
        )
    write_checkpoint(path, model)


def write_checkpoint(path, model, state=None):
    """Write the model and, if given, the State to continue from; the path and the errors are those of `save`.

    Whatever was there is replaced.
    """
    if not isinstance(model, Autoencoder):
        raise InputError(f"expected an Autoencoder to save, as in save(path, model), got {model!r}")
    texts = {
        "sizes": {name: getattr(model, name) for name in SIZES},
        "training": {"config": state.config(), "generator": state.generator} if state else {},
    }
    arrays = {
        f"{part}.{name}": np.asarray(array)
        for part in (PARTS if state else ()) for name, array in getattr(state, part).items()
    }
    members = {
        "format": np.array(FORMAT),
        # int: for NumPy's integers
        **{name: np.array(json.dumps(text, default=int)) for name, text in texts.items()},
        **model.named_parameters(), **arrays,
    }
    contents = io.BytesIO()  # not the file itself: an older savez leaves its zip open when a write fails
    np.savez(contents, **members, digest=np.array(_digest(members)))
    path = _model_file(path)
    try:
        _read(contents)
    except ValueError as error:
        raise InputError(f"this model cannot be saved ({error}): nothing was written to {path}") from error
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise InputError(
            f"{error.filename} is not a folder: give the path of one, or of a file that ends in .npz"
        ) from error
    with atomic(path) as temporary, open(temporary, "xb") as file:
        file.write(contents.getbuffer())


def load(path):
    """Return the trained Autoencoder of a run folder, or of the path of its model.npz.

    Raises InputError if the model file is missing or damaged. Nothing in the file is executed.
    """
    return _load(path)[0]


def load_state(path):
    """Return (model, state): the Autoencoder that `load` returns, and the State saved with it.

    Raises InputError as `load` does, and if the file holds a network but no state to go on from.
    """
    model, state = _load(path)
    if state is None:
        raise InputError(
            f"{path} holds a network but no state to go on from, as after a run that diverged: start a new "
            "run"
        )
    return model, state


def _load(path):
    file_path = _model_file(path)
    if not file_path.is_file():
        raise InputError(f"{path} holds no model.npz: name the folder of a run that has trained")
    with open(file_path, "rb") as file:
        try:
            return _read(file)
        except ValueError as error:
            raise InputError(
                f"{file_path} is not a model that can be read ({error}): train again, or get a whole copy"
            ) from error


def _model_file(path):
    """Return the path of the model file: `path` itself if it ends in .npz, else model.npz in that folder."""
    path = Path(path)
    return path if path.suffix == ".npz" and not path.is_dir() else path / "model.npz"


def _read(file):
    """Return (model, state or None) from an open file; ValueError, in a few words, if anything is wrong."""
    try:
        with zipfile.ZipFile(file) as archive:
            return _model_and_state(_arrays(archive, file.seek(0, os.SEEK_END)))
    except Exception as error:  # there is no end to what zipfile, JSON and NumPy raise on a damaged file
        raise ValueError(str(error).partition("\n")[0][:200]) from error


def _model_and_state(arrays):
    version = int(arrays.pop("format"))
    _check(version in (1, FORMAT), f"expected format 1 or {FORMAT}, got {version}: a newer numpyae?")
    sizes, training = (_json(arrays.pop(name), name) for name in ("sizes", "training"))
    model = _network(sizes, arrays)
    if version == 1 and training:
        training, arrays = _from_version_1(training, arrays)
    state = _state(training, arrays, model) if training else None
    _check(not arrays, f"unexpected names: {sorted(arrays)}")
    config = state.config() if state else {}
    wrong = [name for name, size in sizes.items() if config.get(name, size) != size]
    _check(not wrong, f"sizes and settings differ in {', '.join(wrong)}")
    return model, state


def _arrays(archive, size):
    """Return name -> array of all members but the digest, which is checked."""
    members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
    _check(len(members) == len(archive.infolist()), "names occur twice")
    promised = sum(member.file_size for member in members.values())
    _check(promised < size, "more is promised than the file holds")
    arrays = {}
    for name, member in members.items():
        with archive.open(member) as file:
            _check(np.lib.format.read_magic(file) == (1, 0), "the format is of another version of NumPy")
            shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(file)
            _check(dtype.kind in "fiU" and not fortran_order, f"{name} holds {dtype}")
            _check(min(shape, default=0) >= 0, f"{name} has shape {shape}")
            arrays[name] = np.frombuffer(file.read(), dtype).reshape(shape)
    digest = str(arrays.pop("digest"))
    _check(digest == _digest(arrays), "the digest does not match")
    return arrays


def _json(array, name):
    _check(array.nbytes < MAX_JSON_BYTES, f"{name} is too long")
    return json.loads(str(array))


def _network(sizes, arrays):
    """Return the network of these sizes; its parameters are removed from the arrays."""
    _check(sorted(sizes) == sorted(SIZES), f"sizes are {sorted(sizes)}")
    if isinstance(sizes["padding"], list):
        sizes["padding"] = tuple(sizes["padding"])  # JSON has no tuples
    # before a network is made: a file of a few bytes must not be able to ask for a large one
    kernel, hidden = sizes["kernel"], sizes["hidden"]
    shapes = (kernel, sizes["channels"], hidden), (kernel, hidden, sizes["features"])
    _check((arrays["0.w"].shape, arrays["2.w"].shape) == shapes, "the sizes are not those of the kernels")
    model = Autoencoder(**sizes, dtype=arrays["0.w"].dtype)
    # afterwards, because a network reads no sound until it is used
    _check(model.stride <= MAX_STRIDE, f"expected a stride of at most {MAX_STRIDE}, got {model.stride}")
    pair = (0, 0) if isinstance(model.padding, str) else model.padding
    _check(max(pair) < kernel, f"expected padding below the kernel's {kernel} samples, got {pair}")
    for name, parameter in model.named_parameters().items():
        array = arrays.pop(name)
        _check((array.shape, array.dtype) == (parameter.shape, parameter.dtype), f"{name} is of another kind")
        _check(np.isfinite(array).all(), f"{name} is not finite")
        parameter[...] = array
    return model


def _state(training, arrays, model):
    """Return the State and remove its arrays from the dict; raise unless it fits the network."""
    parts = {part: {} for part in PARTS}
    for full_name in [name for name in arrays if name.startswith(PARTS)]:
        part, name = full_name.split(".")
        parts[part][name] = arrays.pop(full_name)
    config = dict(training["config"])
    versions = config.pop("versions")
    source = Source(**{field.name: config.pop(field.name) for field in dataclasses.fields(Source)})
    _check_source(source)
    _check("numpy" in versions, "its version of NumPy is missing")
    _check(all(isinstance(text, str) for text in versions.values()), "its versions are not texts")
    state = State(Settings(**config), source, versions, training["generator"], **parts)

    Adam(model.parameters.copy()).restore(state.optimizer)
    MetricsTable().restore(state.rows)
    _check(state.optimizer["steps"] == len(state.rows["iteration"]), "the metrics are not of every step")
    np.random.default_rng(0).bit_generator.state = state.generator
    if state.frames:
        pictures, iterations = state.frames["pictures"], state.frames["iterations"]
        _check(pictures.ndim == 4 and pictures.shape[3] == model.channels, "the frames are of another song")
        _check(pictures.dtype.kind == "f" and np.isfinite(pictures).all(), "the frames are not finite")
        _check(len(pictures) == len(iterations) > 0, "some frames have no iteration")
        _check(iterations.dtype.kind == "i", "the frames' iterations are not whole numbers")
        _check(np.all(np.diff(iterations) > 0), "the frames are not in order")
    return state


def _check_source(source):
    kinds = {type(text) for text in (source.audio, source.audio_path, source.audio_sha256)}
    _check(kinds in ({str}, {type(None)}), "its song is neither a file nor the demo song")
    # that the channels are the model's is checked with the other sizes
    check_whole(1, samples=source.samples, sample_rate=source.sample_rate, channels=source.channels)
    _check(source.sample_rate < MAX_RATE, f"expected a rate below {MAX_RATE} Hz, got {source.sample_rate}")


def _from_version_1(training, arrays):
    """Return (training, arrays) of a file of format 1, whose metrics were one table, as format 2 has them."""
    obsolete = ("output", "resume", "workers", "quiet", "json", "no_report", "gallery")
    config = {name: value for name, value in training["config"].items() if name not in obsolete}
    names = {
        "training.mean": "optimizer.mean", "training.square": "optimizer.square",
        "training.frames": "frames.pictures", "training.frame_iterations": "frames.iterations",
    }
    columns = ("iteration", "loss", "snr_db", "snr_mid_db", "snr_side_db", "seconds")
    table = zip(columns, arrays.pop("training.metrics").T, strict=True)
    arrays = {names.get(name, name): array for name, array in arrays.items()}
    arrays |= {f"rows.{name}": column for name, column in table}
    arrays["optimizer.steps"] = np.array(training["steps"])
    return {"config": config, "generator": training["generator"]}, arrays


def _check(holds, problem):
    if not holds:
        raise ValueError(problem)


def _digest(arrays):
    """Return the SHA-256, in hexadecimal, over the names, dtypes, shapes and bytes of the arrays."""
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype.str} {array.shape} ".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
