"""A whole song through the autoencoder, in chunks, as if it had gone through in one piece."""
import numpy as np


def reconstruct(model, blocks, chunk=65536):
    """Yield (original, reconstruction), piece by piece, of a song that comes in blocks (time, channels) of any length.

    Each chunk is decoded with real samples on either side, as many as a feature can see, and these are cut off again.
    So the result is that of one pass over the whole song, whatever the chunk, and memory does not grow with the song.
    The song's end is filled up with zeros to a multiple of stride^2, so that a window begins where it began in training.
    """
    hop = model.stride**2
    context = model.context()
    chunk = max(chunk // hop * hop, context)
    before = 0  # how many samples of the buffer are context, decoded already
    buffer = None
    for block in blocks:
        buffer = block if buffer is None else np.concatenate([buffer, block])
        while len(buffer) >= before + chunk + context:
            piece = buffer[: before + chunk + context]
            yield piece[before : before + chunk], _forward(model, piece)[before : before + chunk]
            buffer = buffer[before + chunk - context :]
            before = context
    if buffer is not None and len(buffer) > before:
        whole = np.pad(buffer, ((0, -len(buffer) % hop), (0, 0)))
        yield buffer[before:], _forward(model, whole)[before : len(buffer)]


def _forward(model, samples):
    reconstruction, _ = model.forward(samples[np.newaxis])
    return reconstruction[0]
