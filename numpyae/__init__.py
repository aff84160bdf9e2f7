"""A stereo sound autoencoder in NumPy alone: every gradient written by hand, trained on one song in seconds.

    from numpyae import Run, load, read, reconstruct_song, write

    with Run.begin("runs/mine", "song.flac") as run:  # a new folder
        for row in run.train():
            print(row.iteration, row.snr_db)
        run.finish()  # writes runs/mine/report.html, to look at and listen to
    model = load("runs/mine")
    song, rate = read("song.flac")
    write("again.wav", reconstruct_song(model, song), rate)

Or with arrays in memory and without a report:

    from numpyae import Autoencoder, demo_song, save, snr_db
    from numpyae.training import train

    song = demo_song()  # (time, channels), float32
    model = Autoencoder(channels=song.shape[1])
    losses = train(model, song)
    print(snr_db(song, reconstruct_song(model, song)))
    save("mine", model)

numpyae.nn is the mathematics, numpyae.audio sound in and out, numpyae.training the loop and the run, and
numpyae.codec a song in few bytes.
python -m numpyae lists the commands.
"""
import importlib

__version__ = "0.1.0"

# names load on first use, because a command must set the number of BLAS threads before NumPy is imported
_HOMES = {
    "Adam": "numpyae.nn", "Autoencoder": "numpyae.autoencoder", "Conv1d": "numpyae.nn",
    "ConvTranspose1d": "numpyae.nn", "ReLU": "numpyae.nn", "Run": "numpyae.training",
    "Sequential": "numpyae.nn", "Settings": "numpyae.training", "check_gradients": "numpyae.nn",
    "demo_song": "numpyae.audio", "load": "numpyae.training", "mse": "numpyae.nn", "read": "numpyae.audio",
    "reconstruct_song": "numpyae.evaluation", "save": "numpyae.training", "snr_db": "numpyae.audio",
    "write": "numpyae.audio",
}
_COMMANDS = {
    "compress": "numpyae.codec.compress", "decompress": "numpyae.codec.decompress",
    "reconstruct": "numpyae.reconstruct_song", "train": "numpyae.Run or numpyae.training.train",
}
_PACKAGES = ("audio", "codec", "nn", "training")
__all__ = [*_HOMES, *_PACKAGES]


def __getattr__(name):
    if name in _PACKAGES:
        return importlib.import_module(f"numpyae.{name}")
    if name in _COMMANDS:
        raise AttributeError(f"numpyae.{name} is a command: from Python, use {_COMMANDS[name]}")
    if name not in _HOMES:
        raise AttributeError(f"module 'numpyae' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__():
    return [*globals(), *__all__]
