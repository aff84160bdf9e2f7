"""Signal-to-noise ratios, of a whole and of pieces, by octave, of the middle and of the sides."""
import numpy as np
import pytest
from small import tones

from numpyae.audio import decibels, energies, octave_snrs, snr_db, snrs


def test_octave_snrs_tell_where_the_error_is(rng):
    rate = 44100
    sound = rng.standard_normal((5 * rate, 2))
    tone = 0.05 * tones(1000, 1000, rate=rate, seconds=5)
    bands = dict(octave_snrs(sound, sound + tone, rate))
    assert [round(centre) for centre in bands] == [31, 62, 125, 250, 500, 1000, 2000, 4000, 8000, 16000]
    assert min(bands, key=bands.get) == 1000
    power_in_octave = 2 * 5 * rate * (1000 * (2**0.5 - 0.5**0.5)) / (rate / 2)
    assert bands[1000] == pytest.approx(10 * np.log10(power_in_octave / np.sum(tone**2)), abs=0.5)
    assert dict(octave_snrs(0 * sound, tone, rate))[1000] is None


def test_snr_is_the_ratio_of_the_energies_in_decibels(rng):
    x = rng.standard_normal((3, 100, 2))
    assert snr_db(x, 0.9 * x) == pytest.approx(20, abs=1e-9)
    assert snr_db(x, 0 * x) == pytest.approx(0, abs=1e-12)
    assert snr_db(x, x) == np.inf


def test_snr_of_silence_is_undefined_without_a_warning():
    assert snr_db(np.zeros((9, 2)), np.ones((9, 2))) is None
    assert snr_db(np.zeros((9, 2)), np.zeros((9, 2))) is None
    assert snr_db(np.ones((9, 2)), np.full((9, 2), np.nan)) is None


def test_sixteen_bits_of_a_full_scale_sine_are_98_decibels():
    sine = np.sin(2 * np.pi * 997 / 44100 * np.arange(441000))
    assert snr_db(sine, np.round(sine * 32767) / 32767) == pytest.approx(98.08, abs=0.1)


def test_an_error_in_the_side_alone_leaves_the_mid_perfect(rng):
    x = rng.standard_normal((100, 2))
    found = snrs(energies(x, x + [0.1, -0.1]))
    side = (x[:, 0] - x[:, 1]) / 2
    assert found["snr_mid_db"] > 290
    assert found["snr_side_db"] == pytest.approx(10 * np.log10(np.sum(side**2) / (100 * 0.01)))


def test_mid_and_side_share_the_energy_of_left_and_right(rng):
    x, y = rng.standard_normal((2, 100, 2))
    found = energies(x, y)
    np.testing.assert_allclose(2 * (found["snr_mid_db"] + found["snr_side_db"]), found["snr_db"], rtol=1e-12)


@pytest.mark.parametrize("channels", [1, 3, 6])
def test_mid_and_side_are_undefined_unless_stereo(rng, channels):
    x = rng.standard_normal((100, channels))
    found = snrs(energies(x, 0.9 * x))
    assert found["snr_mid_db"] is found["snr_side_db"] is None and found["snr_db"] == pytest.approx(20)


def test_the_energies_of_pieces_add_up_to_those_of_the_whole(rng):
    x, y = rng.standard_normal((2, 10, 100, 2)).astype(np.float32)
    whole, parts = snrs(energies(x, y)), snrs(energies(x[:3], y[:3]), energies(x[3:], y[3:]))
    assert whole == pytest.approx(parts, rel=1e-12)


def test_snr_refuses_unequal_shapes():
    with pytest.raises(ValueError, match=r"expected .* of one shape, got \(9, 2\) and \(9, 1\)"):
        snr_db(np.zeros((9, 2)), np.zeros((9, 1)))


@pytest.mark.parametrize(
    "value, text",
    [
        (None, "n/a"), (12.345, "12.3 dB"), (-0.04, "0.0 dB"), (-3.25, "-3.2 dB"), (np.inf, "inf dB"),
        (np.float64(98.08), "98.1 dB"),
    ],
)
def test_decibels_are_said_with_one_decimal(value, text):
    assert decibels(value) == text
