"""The model file of a run: parameters by name, the network's sizes, and all that training needs to go on.

model.npz is NumPy's own format, a zip of arrays. Reading it trusts nothing: no array of Python objects, no size that is
not borne out by the file, every number finite, and a digest over all of it.
"""
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

FORMAT = 1
SIZES = ("channels", "hidden", "features", "kernel", "stride", "padding")  # arguments and attributes of Autoencoder
TEXT = 2**20  # bytes of JSON, more than any run needs
STATE = {"mean", "square", "metrics", "frames", "frame_iterations"}  # arrays of a training's state


def save(run, model, training=None):
    """Write model.npz into the run folder, whole or not at all: the Autoencoder, and the state of its training.

    training: a dict of arrays (see STATE) and of what JSON can hold, as load_training returns it.
    """
    training = training or {}
    arrays = {f"training.{name}": value for name, value in training.items() if name in STATE}
    texts = {
        "sizes": {name: getattr(model, name) for name in SIZES},
        "training": {name: value for name, value in training.items() if name not in STATE},
    }
    members = {
        "format": np.array(FORMAT),
        **{name: np.array(json.dumps(value, default=int)) for name, value in texts.items()},  # int: NumPy's whole numbers
        **model.named_parameters(), **arrays,
    }
    contents = io.BytesIO()  # not the file itself: an older savez leaves its zip open when a write fails
    np.savez(contents, **members, digest=np.array(_digest(members)))
    with atomic(Path(run) / "model.npz") as temporary, open(temporary, "xb") as file:
        file.write(contents.getbuffer())


def load(run):
    """Return the trained Autoencoder of a run folder.

    Raises InputError where there is no model, or its file is not as it was written. Nothing in it is run.
    """
    return _load(run)[0]


def load_training(run):
    """Return (model, training): the Autoencoder of a run folder, and the state of its training as it was saved.

    Raises InputError as `load` does, and where the run holds a network but no state to go on from.
    """
    model, training = _load(run)
    if not training:
        raise InputError(f"{run} holds a network but no training to go on with, as after one that diverged: start a new run")
    return model, training


def _load(run):
    path = Path(run) / "model.npz"
    if not path.is_file():
        raise InputError(f"{run} holds no model.npz: name the folder of a run that has trained")
    with open(path, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                return _read(archive, os.fstat(file.fileno()).st_size)
        except Exception as error:  # there is no end to what zipfile, JSON and NumPy raise on a damaged file
            reason = str(error).partition("\n")[0][:200]
            raise InputError(f"{path} is not a model that can be read ({reason}): train again, or get a whole copy") from error


def _read(archive, size):
    """Return (model, training) from an open archive in a file of `size` bytes; some exception, if anything is wrong."""
    members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
    _check(len(members) == len(archive.infolist()), "names occur twice")
    _check(sum(member.file_size for member in members.values()) < size, "more is promised than the file holds")
    headers = {name: _header(archive, member) for name, member in members.items()}

    def array(name):
        shape, dtype, start = headers[name]
        with archive.open(members[name]) as file:
            return np.frombuffer(file.read()[start:], dtype).reshape(shape)

    def text(name):
        _check(members[name].file_size < TEXT, f"{name} is too long")
        return json.loads(str(array(name)))

    _check(array("format") == FORMAT, "the format is of another version of numpyae")
    sizes = text("sizes")
    _check(sorted(sizes) == sorted(SIZES), f"sizes are {sorted(sizes)}")
    if isinstance(sizes["padding"], list):
        sizes["padding"] = tuple(sizes["padding"])  # JSON knows no tuples
    shapes = {name: shape for name, (shape, _, _) in headers.items()}
    channels, hidden, features, kernel = (sizes[name] for name in ("channels", "hidden", "features", "kernel"))
    # before a network is made: a file of a few bytes cannot ask for a large one
    _check(shapes["0.w"] == (kernel, channels, hidden) and shapes["2.w"] == (kernel, hidden, features), "sizes are wrong")
    model = Autoencoder(**sizes, rng=np.random.default_rng(0), dtype=headers["0.w"][1])
    parameters = model.named_parameters()
    training = text("training")
    state = {f"training.{name}" for name in STATE if f"training.{name}" in members}
    _check(members.keys() == {"format", "sizes", "training", "digest"} | parameters.keys() | state, "names are wrong")

    arrays = {name: array(name) for name in members}
    digest = str(arrays.pop("digest"))
    _check(digest == _digest(arrays), "its digest is another")
    for name, parameter in parameters.items():
        _check((arrays[name].shape, arrays[name].dtype) == (parameter.shape, parameter.dtype), f"{name} is wrong")
        _check(np.isfinite(arrays[name]).all(), f"{name} is not finite")
        parameter[...] = arrays[name]
    training |= {name.removeprefix("training."): arrays[name] for name in state}
    if training:
        _check_training(model, training)
    return model, training


def _header(archive, member):
    """Return (shape, dtype, where the numbers begin) of an .npy member, if they are numbers or text, in C order."""
    with archive.open(member) as file:
        _check(np.lib.format.read_magic(file) == (1, 0), "the format is of another version of NumPy")
        shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(file)
        _check(dtype.kind in "fiU" and not fortran_order, f"{member.filename} holds {dtype}")
        return shape, dtype, file.tell()


def _check_training(model, training):
    """Raise some exception unless a training's state fits the network and itself."""
    parameters, steps = model.parameters, training["steps"]
    for name in ("mean", "square"):
        fits = (training[name].shape, training[name].dtype) == (parameters.shape, parameters.dtype)
        _check(fits and np.isfinite(training[name]).all(), f"{name} is wrong")
    metrics = training["metrics"]
    _check(metrics.shape == (steps, 6) and np.isfinite(metrics[:, [0, 1, 5]]).all(), "metrics are wrong")
    _check(np.all(np.diff(metrics[:, 0], prepend=0) == 1), "metrics are not of every step")
    np.random.default_rng(0).bit_generator.state = training["generator"]
    _check(isinstance(training["config"], dict), "config is wrong")
    if "frames" in training:
        frames, iterations = training["frames"], training["frame_iterations"]
        _check(frames.ndim == 4 and frames.shape[3] == model.channels, "frames are of another song")
        _check(frames.dtype.kind == "f" and np.isfinite(frames).all(), "frames are wrong")
        _check(len(frames) == len(iterations) > 0 and iterations.dtype.kind == "i", "frames are not counted")
        _check(np.all(np.diff(iterations) > 0), "frames are not in order")


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
