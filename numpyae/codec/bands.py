"""What the ear hears together: bands of tones, the angle of their stereo, and how loud they are.

Tones are (windows, channels, tones) as numpyae.codec.lapped makes them. A band is about one Bark of them, as
wide as the ear's own filters (Zwicker, 1961). One whole number per window, channel and band says how loud it
is, in octaves: it sets the step of the rounding, it is what the neuron knows beforehand, and it says how much
noise replaces what was rounded to zero.
"""
import numpy as np

TOP = 18_000  # Hz; tones above are left out
SILENT, LOUDEST = -20, 31  # log2 of an rms, full scale 1
KEEP = 0.9  # octaves by which a loudness may be off before it changes


def band_edges(rate, size):
    """Return the tones where bands begin, and where the last one ends: one Bark each, at least 4 tones.

    rate in Hz. Tone k of `size` has a frequency of (k + 1/2) rate / (2 size).
    """
    spacing, top = rate / (2 * size), min(max(1, 2 * size * TOP // rate), size)
    edges = [0]
    while edges[-1] < top:
        bark = 7 * np.arcsinh(edges[-1] * spacing / 650) + 1  # Schroeder, Atal & Hall (1979)
        edges.append(max(edges[-1] + 4, round(650 * np.sinh(bark / 7) / spacing)))
    return np.array([*edges[:-1], top])


def fit_angles(tones, edges):
    """Return by which angle to turn left and right in each band, in 256ths of a half-turn: a tuple.

    The first channel then has as much of the band's energy as it can, and the second the least.
    """
    left, right = tones[:, 0], tones[:, 1]
    left_energy, right_energy, both = (
        np.add.reduceat(np.sum(a * b, axis=0, dtype=np.float64), edges[:-1])
        for a, b in ((left, left), (right, right), (left, right))
    )
    angles = np.rint(128 / np.pi * np.arctan2(2 * both, left_energy - right_energy)).astype(int) % 256
    return tuple(angles.tolist())


def turn(tones, angles, edges):
    """Return stereo tones with every band turned by its angle; the negative angle turns them back.

    Tones that are not stereo have no angles, and come back as they are.
    """
    if not len(angles):
        return tones
    angles = np.repeat(np.pi / 256 * np.asarray(angles), np.diff(edges))
    cos, sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
    left, right = tones[:, 0], tones[:, 1]
    return np.stack([cos * left + sin * right, cos * right - sin * left], axis=1)


def loudness(tones, edges):
    """Return how loud the bands are, log2 of their rms as a whole number: (windows, channels, bands).

    A small change is not followed, because a change costs bits.
    """
    power = np.add.reduceat(np.square(tones, dtype=np.float64), edges[:-1], axis=-1) / np.diff(edges)
    exact = np.clip(np.log2(power + 4.0 ** (SILENT - 1)) / 2, SILENT, LOUDEST)
    levels = np.rint(exact).astype(np.int64)
    for before, now, wanted in zip(levels[:-1], levels[1:], exact[1:], strict=True):
        np.copyto(now, before, where=abs(wanted - before) < KEEP)
    return levels
