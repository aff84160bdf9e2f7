"""How close a reconstruction is to its original, in decibels."""
import math

import numpy as np


def snr_db(original, reconstruction):
    """Return the signal-to-noise ratio, 10 log10(sum x^2 / sum (x - y)^2), of two arrays of one shape, in dB.

    inf if they are equal, None if the original is silent. Raises ValueError for unequal shapes.
    """
    return _ratio_in_decibels(*energies(original, reconstruction)["snr_db"])


def energies(original, reconstruction):
    """Return name -> float64 array (signal energy, error energy); add those of several pieces.

    "snr_db" counts all channels. For stereo there are also "snr_mid_db", of (left + right) / 2, and
    "snr_side_db", of (left - right) / 2. Raises ValueError for unequal shapes.
    """
    if original.shape != reconstruction.shape:
        raise ValueError(f"expected sounds of one shape, got {original.shape} and {reconstruction.shape}")
    signal = original.astype(np.float64)
    parts = {"snr_db": (signal, signal - reconstruction)}
    if signal.ndim > 1 and signal.shape[-1] == 2:
        parts["snr_mid_db"] = [(part[..., 0] + part[..., 1]) / 2 for part in parts["snr_db"]]
        parts["snr_side_db"] = [(part[..., 0] - part[..., 1]) / 2 for part in parts["snr_db"]]
    return {name: np.array([np.vdot(part, part) for part in pair]) for name, pair in parts.items()}


def snrs(*pieces):
    """Return snr_db, snr_mid_db and snr_side_db of all pieces together; each piece is a result of `energies`.

    None marks what is undefined: any SNR of a silent original, and mid and side unless it is stereo.
    """
    names = ("snr_db", "snr_mid_db", "snr_side_db")
    return {
        name: _ratio_in_decibels(*sum(piece[name] for piece in pieces)) if name in pieces[0] else None
        for name in names
    }


def octave_snrs(original, reconstruction, rate):
    """Return [(centre in Hz, SNR in dB), ...] of the octave bands from 31.5 Hz up to half the rate (Hz).

    original, reconstruction: (time, channels). A band spans centre / sqrt(2) to centre * sqrt(2). Its
    energies are sums over Welch power spectra of all channels. The SNR is None if the original has none.
    """
    frequencies, (signal, error) = spectra(original, original - reconstruction, rate=rate)
    bands = []
    for centre in 1000 * 2.0 ** np.arange(-5, 10):
        inside = (frequencies >= centre / math.sqrt(2)) & (frequencies < centre * math.sqrt(2))
        if centre < rate / 2:
            bands.append((float(centre), _ratio_in_decibels(signal[inside].sum(), error[inside].sum())))
    return bands


def spectra(*sounds, rate):
    """Return the frequencies in Hz, and the power spectra of sounds (time, channels), all channels summed."""
    from scipy.signal import welch  # here, because importing it takes about a second

    windows = min(len(sounds[0]), 16384)
    powers = [welch(sound, rate, nperseg=windows, axis=0) for sound in sounds]
    return powers[0][0], [power.sum(axis=1) for _, power in powers]


def _ratio_in_decibels(signal, error):
    if not (signal > 0 and error < math.inf):  # NaN, from a network that diverged, is undefined too
        return None
    return 10 * math.log10(signal / error) if error else math.inf


def decibels(value):
    """Return the text for an SNR in dB, "n/a" for None."""
    return "n/a" if value is None else f"{round(value, 1) + 0:.1f} dB"  # + 0 turns -0.0 into 0.0
