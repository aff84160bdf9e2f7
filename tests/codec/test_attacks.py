"""Noise in time with the sound: filters that undo each other, and are found for strokes alone."""
import numpy as np
import pytest
import scipy.signal

from numpyae.audio import demo_song
from numpyae.codec.attacks import find_filters, first_tone, prediction_gain, residual, restored, rise
from numpyae.codec.container import SIZES, Header
from numpyae.codec.encoder import STROKES
from numpyae.codec.lapped import to_sound, to_tones
from numpyae.codec.rounding import heard, outline, rounded

RATE, SIZE = 44_100, 1024
HEADER = Header(RATE, 1, 0, SIZE, -200, 42, 0)
ALL_FILTERS = np.stack(np.meshgrid(range(-7, 8), range(-7, 8)), axis=-1).reshape(225, 1, 2)


def tones_of(sound):
    return to_tones(sound.astype(np.float32)[:, np.newaxis], SIZE)[..., : HEADER.edges[-1]]


def filters_of(sound):
    """Return the filters that are told of a sound (time,): (windows, 2)."""
    return outline(tones_of(sound), HEADER)[:, 0, -2:]


def click(rng, at):
    """Return six windows' time of a click in soft noise."""
    sound = 1e-3 * rng.standard_normal(6 * SIZE)
    sound[at] = 0.5
    return sound


def taps(filters):
    """Return the polynomial 1 - a z - b z^2 of two reflection coefficients in eighths, by Levinson's step."""
    first, second = np.asarray(filters) / 8
    return [1, -(first - second * first), -second]


@pytest.mark.parametrize("shape", [(5, 2, 200), (1, 1, 1), (3, 6, 2), (4, 1, 0)])
def test_what_is_restored_is_what_the_residual_was_of(rng, shape):
    u = rng.standard_normal(shape).astype(np.float32)
    filters = rng.integers(-7, 8, (*shape[:2], 2)) * rng.integers(0, 2, (*shape[:2], 1))
    before = u.copy()
    back = restored(residual(u, filters), filters)
    assert back.dtype == np.float32 and np.array_equal(u, before)
    np.testing.assert_allclose(back, u, atol=2e-4)


def test_residual_and_restored_are_scipys_filters(rng):
    u = rng.standard_normal((225, 1, 100)).astype(np.float32)
    rest, back = residual(u, ALL_FILTERS), restored(u, ALL_FILTERS)
    for number, (filters,) in enumerate(ALL_FILTERS):
        expected = scipy.signal.lfilter(taps(filters), 1, u[number, 0])
        np.testing.assert_allclose(rest[number, 0], expected, atol=1e-5)
        expected = scipy.signal.lfilter([1], taps(filters), u[number, 0])
        np.testing.assert_allclose(back[number, 0], expected, atol=1e-4)


def test_no_filter_that_can_be_told_explodes_and_each_has_the_gain_that_is_said():
    impulses = np.zeros((225, 1, 3000), np.float32)
    impulses[..., 0] = 1
    responses = restored(impulses, ALL_FILTERS)
    assert abs(responses[..., 2500:]).max() < 1e-6
    energies = np.square(responses, dtype=np.float64).sum(axis=-1)
    np.testing.assert_allclose(energies, prediction_gain(ALL_FILTERS), rtol=1e-4)
    for (filters,) in ALL_FILTERS:
        assert abs(np.roots(taps(filters))).max(initial=0) < 0.995


def test_what_is_written_without_a_filter_stays_as_it_is(rng):
    u = rng.standard_normal((3, 2, 50)).astype(np.float32)
    none = np.zeros((3, 2, 2), np.int64)
    assert np.array_equal(residual(u, none), u) and np.array_equal(restored(u, none), u)


def test_the_filters_that_are_found_are_those_that_the_tones_were_made_with(rng):
    noise = rng.standard_normal((225, 1, 20_000)).astype(np.float32)
    found = find_filters(restored(noise, ALL_FILTERS))
    worth = 1 / np.prod(1 - np.square(ALL_FILTERS / 8), axis=-1) > 1.3
    assert np.array_equal(found, ALL_FILTERS * worth[..., np.newaxis])


@pytest.mark.parametrize("offset", [100, 300, 512, 700, 900])
def test_a_click_gets_a_filter_in_the_two_windows_that_hear_it_and_in_no_other(rng, offset):
    with_filters = filters_of(click(rng, 2 * SIZE + offset)).any(axis=1)
    assert with_filters[1:3].any() and not with_filters[[0, 3, 4]].any()


@pytest.mark.parametrize("name", ["noise", 4500, 9000, "chord"])
def test_what_has_no_stroke_gets_none(rng, name):
    time, noise = np.arange(40 * SIZE) / RATE, rng.standard_normal(40 * SIZE)
    frequencies = {"noise": [], "chord": [440, 554, 659, 5200, 8800]}.get(name, [name])
    sound = sum((0.1 * np.sin(2 * np.pi * frequency * time) for frequency in frequencies), 1e-3 * noise)
    assert not filters_of(sound).any()


def test_the_noise_of_rounding_a_click_is_quieter_before_it_and_less_has_to_be_told(rng):
    """At the same step as without filters, if the click's mirror image in the MDCT's block comes after it."""
    before, told = np.zeros(2), np.zeros(2)
    for at in range(2 * SIZE + 64, 2 * SIZE + 320, 16):
        tones = tones_of(click(rng, at))
        with_filters = outline(tones, HEADER)
        without = with_filters * ([1] * (len(HEADER.edges) - 1) + [0, 0])
        for number, outlined in enumerate((with_filters, without)):
            numbers = rounded(tones, outlined, HEADER)
            error = np.zeros((5, 1, SIZE), np.float32)
            error[..., : HEADER.edges[-1]] = heard(outlined, numbers, HEADER, 0) - tones
            before[number] += np.square(to_sound(error)[at - 1000 : at - 100]).sum()
            told[number] += np.log2(1 + abs(numbers)).sum()
    quieter, smaller = 10 * np.log10(before[1] / before[0]), told[0] / told[1]
    print(f"before the clicks {quieter:.1f} dB quieter; {smaller:.2f} of the size")
    assert quieter > 1.5 and smaller < 0.75


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("rate", [11_025, 44_100, 96_000])
def test_what_is_foretold_begins_with_the_first_band_from_4_khz_on(rate, size):
    header = HEADER._replace(rate=rate, size=size)
    hertz = header.edges * rate / (2 * size)
    assert first_tone(header) == header.edges[hertz >= 4000][0]


@pytest.mark.parametrize("rate", [1, 4_000, 8_000, 2**31 - 1])
def test_a_sound_without_such_bands_has_nothing_that_is_foretold(rate):
    header = HEADER._replace(rate=rate)
    assert first_tone(header) == header.edges[-1]


def test_strokes_rise_and_music_does_not(rng):
    strokes = 1e-3 * rng.standard_normal((2 * RATE, 2))
    strokes[2000::6000] = 0.5
    assert rise(strokes) > STROKES > 0.6 > rise(demo_song(2.0))
    assert rise(0.1 * rng.standard_normal((2 * RATE, 1))) < 0.3


@pytest.mark.parametrize("time", [1, 2, 256, 2048])
def test_a_sound_too_short_to_rise_does_not_rise(time):
    assert rise(np.ones((time, 3), np.float32)) == 0


def test_the_octaves_of_a_rise_are_those_of_the_level():
    steps = np.arange(2049)[:, np.newaxis]
    assert rise((-1.0) ** steps * np.where(steps < 256, 1, 4)) == pytest.approx(2, abs=0.02)
