"""Reconstruct segments and whole songs with a network, and measure how close the result is."""
from typing import NamedTuple

import numpy as np

from numpyae.audio.metrics import energies, snrs
from numpyae.audio.segments import check_sound
from numpyae.nn.conv import check_whole
from numpyae.workers import in_order

SHARD = 13 * 1024  # samples: a layer's output for this many fits in a core's cache


class Measured(NamedTuple):
    """How close reconstructions of segments are: the mean squared error, and SNRs in dB or None."""

    loss: float
    snr_db: float | None
    snr_mid_db: float | None
    snr_side_db: float | None
    error_by_time: np.ndarray  # the mean squared error at each sample of a segment

    def numbers(self):
        """Return the loss and the SNRs by name."""
        return {name: value for name, value in self._asdict().items() if name != "error_by_time"}

    def edge_errors(self, widths):
        """Return the RMS errors (at the ends, between them), or None if either part has no samples.

        widths: how many samples belong to the left and to the right end, such as model.edge_widths().
        """
        left, right = widths[0], len(self.error_by_time) - widths[1]
        ends = np.r_[self.error_by_time[:left], self.error_by_time[right:]]
        between = self.error_by_time[left:right]
        if not (len(ends) and len(between)):
            return None
        return float(np.sqrt(ends.mean())), float(np.sqrt(between.mean()))


def shards(segments):
    """Split segments (count, time, channels) into views of a few segments, about 13,000 samples each."""
    count = max(1, SHARD // segments.shape[1])
    return [segments[start : start + count] for start in range(0, len(segments), count)]


def inside(segments, context):
    """Return the slice of the samples of segments (count, time, channels) that lie inside their context.

    Raises ValueError if there are none.
    """
    check_whole(0, context=context)
    if segments.ndim != 3 or len(segments) == 0 or segments.shape[1] <= 2 * context:
        raise ValueError(
            f"expected segments (count, time, channels) of more than {context} + {context} samples of "
            f"context, got {segments.shape}"
        )
    return slice(context, segments.shape[1] - context)


def reconstruct_segments(model, segments, context=0, workers=None):
    """Yield (original, reconstruction) of segments (count, time, channels), a few at a time, without context.

    context: how many samples at either end the network sees but does not have to reconstruct.
    workers: threads, all cores if None (but see numpyae.workers); they do not change the result. Raises
    ValueError for a context that leaves nothing.
    """
    part = inside(segments, context)
    return in_order(lambda shard: _pair(model, shard, part), shards(segments), workers)


def _pair(model, segments, part):
    with np.errstate(over="ignore", invalid="ignore"):  # a network that diverged has an SNR of None
        return segments[:, part], model.forward(segments)[0][:, part]


def measure(model, segments, context=0, workers=None):
    """Return the Measured of segments; the arguments are those of reconstruct_segments."""
    part = inside(segments, context)

    def measured(shard):  # energies too, because BLAS computes them
        original, reconstruction = _pair(model, shard, part)
        with np.errstate(over="ignore", invalid="ignore"):
            square_error = np.square(original - reconstruction, dtype=np.float64).mean(axis=2).sum(axis=0)
            return energies(original, reconstruction), square_error

    pieces, square_errors = [], 0
    for piece, square_error in in_order(measured, shards(segments), workers):
        pieces.append(piece)
        square_errors += square_error
    numbers = len(segments) * len(square_errors) * segments.shape[2]
    loss = float(sum(piece["snr_db"][1] for piece in pieces) / numbers)
    return Measured(loss, **snrs(*pieces), error_by_time=square_errors / len(segments))


def reconstruct_song(model, song, workers=None):
    """Return the reconstruction of a whole song, (time, channels): of an array, or of a Song.

    It is what reconstruct_blocks makes of it, in one piece. Raises ValueError if it is not sound, or does not
    fit the model.
    """
    check_sound(song, model.channels)
    pairs = reconstruct_blocks(model, [song[:]], workers=workers)
    return np.concatenate([song[:0], *(reconstruction for _, reconstruction in pairs)])


def reconstruct_blocks(model, blocks, chunk=16384, workers=None):
    """Yield (original, reconstruction), chunk by chunk, of a song in blocks (time, channels) of any length.

    Each chunk is sent through with the song's own samples on either side, as many as a feature can see, which
    are then cut off. So the result is that of one pass over the whole song, and memory does not grow with it.
    Zeros pad the end to a multiple of hop, so that windows begin as in training. workers: as above.
    """

    def pair(piece):
        samples, before, length = piece
        with np.errstate(over="ignore", invalid="ignore"):  # the caller looks at the result
            reconstruction, _ = model.forward(samples[np.newaxis])
        return samples[before : before + length], reconstruction[0, before : before + length]

    return in_order(pair, _chunks_with_context(model, blocks, chunk), workers)


def _chunks_with_context(model, blocks, chunk):
    """Yield (samples, before, length): a chunk of `length` samples that begins `before` samples in."""
    hop, context = model.hop, model.context()
    chunk = max(chunk // hop * hop, context)
    before = 0
    buffer = None
    for block in blocks:
        check_sound(block, model.channels)
        buffer = block if buffer is None else np.concatenate([buffer, block])
        while len(buffer) >= before + chunk + context:
            yield buffer[: before + chunk + context], before, chunk
            buffer = buffer[before + chunk - context :]
            before = context
    if buffer is not None and len(buffer) > before:
        yield np.pad(buffer, ((0, -len(buffer) % hop), (0, 0))), before, len(buffer) - before
