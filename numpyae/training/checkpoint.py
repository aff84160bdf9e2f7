"""The model file of a run: parameters by name, and what is needed to build the network around them."""
import json
from pathlib import Path

import numpy as np

from numpyae.atomic import atomic
from numpyae.autoencoder import Autoencoder
from numpyae.errors import InputError

FORMAT = 1
SIZES = ("channels", "hidden", "features", "kernel", "stride", "padding")  # arguments and attributes of Autoencoder


def save(run, model):
    """Write model.npz, the Autoencoder and its sizes, into the run folder, whole or not at all."""
    sizes = json.dumps({name: getattr(model, name) for name in SIZES}, default=int)  # int: NumPy's whole numbers
    with atomic(Path(run) / "model.npz") as temporary, open(temporary, "xb") as file:
        np.savez(file, format=FORMAT, sizes=sizes, **model.named_parameters())


def load(run):
    """Return the trained Autoencoder of a run folder.

    Raises InputError where there is no model, or its arrays are not those of the network that it names. Nothing in the
    file is run: arrays of Python objects are refused.
    """
    path = Path(run) / "model.npz"
    if not path.is_file():
        raise InputError(f"{run} holds no model.npz: name the folder of a run that has trained")
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as members:
            arrays = dict(members)
        if int(arrays.pop("format")) != FORMAT:
            raise ValueError("a format of another version of numpyae")
        sizes = json.loads(str(arrays.pop("sizes")))
        if sorted(sizes) != sorted(SIZES):
            raise ValueError(f"sizes of {sorted(sizes)}")
        if isinstance(sizes["padding"], list):
            sizes["padding"] = tuple(sizes["padding"])  # JSON knows no tuples
        dtype = next(iter(arrays.values())).dtype
        model = Autoencoder(**sizes, rng=np.random.default_rng(0), dtype=dtype)
        parameters = model.named_parameters()
        if {name: a.shape for name, a in parameters.items()} != {name: a.shape for name, a in arrays.items()}:
            raise ValueError("arrays that are not the network's")
        for name, array in arrays.items():
            if array.dtype != dtype or not np.isfinite(array).all():
                raise ValueError(f"{name} is not finite or not {dtype}")
            parameters[name][...] = array
    except Exception as error:  # there is no end to what zipfile, zlib and NumPy raise on a damaged file
        raise InputError(f"{path} is not a model that can be read ({error}): train again") from error
    return model
