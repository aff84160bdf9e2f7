"""A whole song through the autoencoder, in chunks, as if it had gone through in one piece."""
import numpy as np

from numpyae.workers import in_order


def reconstruct(model, blocks, chunk=16384, workers=None):
    """Yield (original, reconstruction), piece by piece, of a song that comes in blocks (time, channels) of any length.

    Each chunk is decoded with real samples on either side, as many as a feature can see, and these are cut off again.
    So the result is that of one pass over the whole song, whatever the chunk, and memory does not grow with the song.
    The song's end is filled up with zeros to a multiple of stride^2, so that a window begins where it began in training.
    workers: threads, all cores if None; they do not change the result.
    """

    def pair(piece):
        samples, before, length = piece
        reconstruction, _ = model.forward(samples[np.newaxis])
        return samples[before : before + length], reconstruction[0, before : before + length]

    return in_order(pair, _pieces(model, blocks, chunk), workers)


def _pieces(model, blocks, chunk):
    """Yield (samples, before, length): a chunk of `length` samples with its context, that begins `before` samples in."""
    hop, context = model.stride**2, model.context()
    chunk = max(chunk // hop * hop, context)
    before = 0
    buffer = None
    for block in blocks:
        buffer = block if buffer is None else np.concatenate([buffer, block])
        while len(buffer) >= before + chunk + context:
            yield buffer[: before + chunk + context], before, chunk
            buffer = buffer[before + chunk - context :]
            before = context
    if buffer is not None and len(buffer) > before:
        yield np.pad(buffer, ((0, -len(buffer) % hop), (0, 0))), before, len(buffer) - before
