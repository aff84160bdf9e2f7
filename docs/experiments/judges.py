"""How good a decoded song is, by several judges. Sound is (time, 2), full scale 1, at any rate in Hz.

ViSQOL and Zimtohrli, which others wrote, judge if they are installed: `pip install visqol-python zimtohrli`,
in an environment of their own, because numpyae does not need them.
"""
from functools import cache

import numpy as np
from scipy.signal import correlate, resample_poly, stft

LISTENING = 0.1  # the rms of a song as it is judged: 20 dB below full scale
EXCERPTS, SECONDS = (0.25, 0.75), 8  # ViSQOL and Zimtohrli judge so many seconds around these places


def judged(original, decoded, rate):
    """Return name -> score: "snr" (dB, high is good), "nmr" and "nmr short" (dB, low), and the others.

    decoded: at the same rate; it may be late or early by 0.1 s, and a little louder or softer.
    """
    decoded = _aligned(original, decoded, rate)
    gain = np.vdot(original, decoded) / np.vdot(decoded, decoded)
    found = {"snr": 10 * np.log10(_energy(original) / _energy(original - gain * decoded))}
    loud = LISTENING / np.sqrt(np.mean(np.square(original)))
    decoded = decoded * np.sqrt(_energy(original) / _energy(decoded))
    for name, window in (("nmr", 2048), ("nmr short", 512)):
        found[name] = noise_to_mask(loud * original, loud * decoded, rate, window)
    pair = [_excerpts(loud * sound, rate) for sound in (original, decoded)]
    for name, judge in _others().items():
        left_and_right = zip(*(sound.T for sound in pair), strict=True)
        found[name] = np.mean([judge(*channels) for channels in left_and_right])
    return found


def noise_to_mask(original, decoded, rate, window):
    """Return how loud the error is relative to what the original masks, in dB: the mean over all windows.

    As in PEAQ (ITU-R BS.1387), the error is the difference of the magnitudes, and powers are summed over
    narrow bands, here of half a Bark (Schroeder, Atal & Hall, 1979). A band hides others by a slope of 27 dB
    a Bark downwards and 10 dB upwards, and an error that is 3 to 7 dB softer.
    """
    frequencies, _, spectra = stft(
        np.stack([original.T, decoded.T]), rate, nperseg=window, scaling="psd", boundary=None)
    barks = 2 * np.floor(14 * np.arcsinh(frequencies / 650)) / 4
    inside = (frequencies > 80) & (frequencies < 18000)
    places = np.unique(barks[inside])
    member = (barks[inside] == places[:, np.newaxis]).astype(float)
    magnitudes = np.abs(spectra[..., inside, :])
    powers = np.square([magnitudes[0], magnitudes[0] - magnitudes[1]])
    song, error = np.einsum("bf,scft->sctb", member, powers)
    apart = places - places[:, np.newaxis]  # from the band that hides to the hidden one
    slopes = 10 ** (-np.where(apart > 0, 10 * apart, -27 * apart) / 10)
    mask = song @ (slopes / slopes.sum(axis=0)) * 10 ** (-np.maximum(3, places / 4) / 10)
    sounding = song.sum(axis=-1) > 1e-7 * song.sum(axis=-1).max()
    ratio = 10 * np.log10(np.mean(error / (mask + 1e-12), axis=-1) + 1e-4)
    return ratio[sounding].mean()


def _aligned(original, decoded, rate):
    """Return the decoded song moved to where it fits best, and as long as the original."""
    most = rate // 10
    middle = slice(len(original) // 4, len(original) // 4 + 4 * rate)
    ahead = np.pad(decoded.mean(axis=1), (most, most + len(original)))[: len(original) + 2 * most]
    here = ahead[middle.start : middle.stop + 2 * most]
    shift = np.argmax(correlate(here, original[middle].mean(axis=1), "valid")) - most
    padded = np.pad(decoded, ((max(0, -shift), len(original)), (0, 0)))
    return padded[max(0, shift) :][: len(original)]


def _excerpts(sound, rate):
    """Return SECONDS around each of the EXCERPTS, one after the other, at 48,000 Hz."""
    half = SECONDS * rate // 2
    centres = [min(max(half, int(place * len(sound))), len(sound) - half) for place in EXCERPTS]
    fade = np.minimum(1, np.minimum(np.arange(2 * half), np.arange(2 * half)[::-1]) / (rate / 100))
    parts = [sound[centre - half : centre + half] * fade[:, np.newaxis] for centre in centres]
    return np.concatenate([resample_poly(part, 48000 // 300, rate // 300) for part in parts])


@cache
def _others():
    """Return name -> judge (original, decoded: one channel at 48,000 Hz) of those that are installed."""
    judges = {}
    try:
        from visqol.api import VisqolApi

        visqol = VisqolApi()
        # they are aligned already
        visqol.create(
            mode="audio", search_window=1, disable_global_alignment=True, disable_realignment=True)
        judges["visqol"] = lambda a, b: visqol.measure_from_arrays(a.copy(), b.copy(), 48000).moslqo
    except ImportError:
        pass
    try:
        import zimtohrli

        zimt = zimtohrli.Pyohrli()
        judges["zimtohrli"] = lambda a, b: 1e4 * zimt.distance(a, b)
    except ImportError:
        pass
    return judges


def _energy(sound):
    return np.vdot(sound, sound)
