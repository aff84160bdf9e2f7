"""Bands: one Bark each, the same on every machine; stereo that turns and turns back; loudness in octaves."""
from decimal import Decimal

import numpy as np
import pytest

from numpyae.codec.bands import KEEP, LOUDEST, SILENT, TOP, band_edges, fit_angles, loudness, turn
from numpyae.codec.container import SIZES

RATES = [
    8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000,
]
ZWICKERS_EDGES = [  # Hz, of the 24 critical bands (Zwicker, 1961)
    0, 100, 200, 300, 400, 510, 630, 770, 920, 1080, 1270, 1480, 1720, 2000, 2320, 2700, 3150, 3700, 4400,
    5300, 6400, 7700, 9500, 12000, 15500,
]
EDGES = np.array([0, 4, 8, 13, 20, 33])


def tones_of(rng, levels, channels=2, windows=6):
    """Return noise whose bands have these log2 of the rms: (windows, channels, 33)."""
    noise = rng.standard_normal((windows, channels, EDGES[-1])).astype(np.float32)
    return noise * np.repeat(2.0 ** np.array(levels, np.float32), np.diff(EDGES))


@pytest.mark.parametrize("size", SIZES)
def test_bands_cover_all_up_to_18_khz_and_have_at_least_four_tones(rng, size):
    for rate in (*RATES, *rng.integers(8_000, 192_001, 200).tolist()):
        edges, spacing = band_edges(rate, size), rate / (2 * size)
        assert edges[0] == 0 and edges.dtype == np.int64
        assert (np.diff(edges)[:-1] >= 4).all() and edges[-1] > edges[-2]
        assert edges[-1] == min(size, TOP // spacing)
        assert len(edges) - 1 <= 30


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("rate", RATES)
def test_bands_are_about_as_wide_as_zwickers(rate, size):
    edges = band_edges(rate, size)
    hertz = edges * rate / (2 * size)
    wide = (np.diff(edges) > 4) & (hertz[1:] <= 15_500)  # others are as narrow as they may be
    wide[-1] = False  # whatever is left
    widths = np.diff(np.interp(hertz, ZWICKERS_EDGES, range(25)))[wide]
    assert (widths > 0.5).all() and (widths < 1.35).all() and widths.max(initial=1) > 0.8


@pytest.mark.parametrize("rate", [1, 2, 100, 1_000, 2_000_000, 2**31 - 1])
def test_strange_rates_have_bands_too(rate):
    for size in SIZES:
        edges = band_edges(rate, size)
        assert edges[0] == 0 and 1 <= edges[-1] <= size and (np.diff(edges) > 0).all()


def test_no_edge_of_a_common_rate_is_near_a_tie_where_another_machine_may_round_otherwise():
    """sinh(arsinh x + 1/7) = x cosh(1/7) + sqrt(x^2 + 1) sinh(1/7), in 28 digits."""
    up, down = Decimal(1) / 7, -Decimal(1) / 7
    cosh, sinh, nearest = (up.exp() + down.exp()) / 2, (up.exp() - down.exp()) / 2, 1
    for rate in RATES:
        for size in SIZES:
            edges = band_edges(rate, size).tolist()
            for edge, following in zip(edges[:-2], edges[1:-1], strict=True):
                unit = Decimal(650 * 2 * size) / rate
                exact = edge * cosh + (edge**2 + unit**2).sqrt() * sinh
                assert following == max(edge + 4, round(exact))
                nearest = min(nearest, float(abs(exact % 1 - Decimal("0.5"))))
    print(f"nearest to a tie: {nearest:.1e} tones")
    assert nearest > 1e-9


def test_turning_keeps_the_energy_of_every_tone_and_turns_back(rng):
    tones = tones_of(rng, [0, 3, -2, 5, 1])
    angles = (0, 3, 64, 128, 255)
    turned = turn(tones, angles, EDGES)
    np.testing.assert_allclose(np.square(turned).sum(axis=1), np.square(tones).sum(axis=1), rtol=1e-5)
    np.testing.assert_allclose(turn(turned, np.negative(angles), EDGES), tones, atol=1e-4)
    assert turned.dtype == np.float32 and not np.allclose(turned[..., 13:20], tones[..., 13:20])


@pytest.mark.parametrize("angle, left, right", [
    (0, (1, 0), (0, 1)), (64, (0.5**0.5, -(0.5**0.5)), (0.5**0.5, 0.5**0.5)), (128, (0, -1), (1, 0)),
])
def test_angles_are_256ths_of_a_half_turn(angle, left, right):
    tones = np.array([[[1, 0], [0, 1]]], np.float32)  # the first tone on the left, the second on the right
    turned = turn(tones, (angle,), np.array([0, 2]))
    np.testing.assert_allclose(turned[0].T, [left, right], atol=1e-7)


@pytest.mark.parametrize("channels", [1, 3, 6])
def test_tones_that_are_not_stereo_are_not_turned(rng, channels):
    tones = tones_of(rng, [0] * 5, channels)
    assert np.array_equal(turn(tones, (), EDGES), tones)


@pytest.mark.parametrize("left, right, angle", [(1, 0, 0), (1, 1, 64), (0, 1, 128), (1, -1, 192)])
def test_one_source_in_the_stereo_field_leaves_the_second_channel_silent(rng, left, right, angle):
    source = tones_of(rng, [0, 3, -2, 5, 1], 1)
    tones = np.concatenate([left * source, right * source], axis=1)
    angles = fit_angles(tones, EDGES)
    assert angles == (angle,) * 5
    first, second = np.square(turn(tones, angles, EDGES)).sum(axis=(0, 2))
    assert second <= 1e-12 * first


def test_no_other_angle_would_put_more_into_the_first_channel(rng):
    source, other = tones_of(rng, [0, 3, -2, 5, 1], 1), tones_of(rng, [-1, 0, -4, 4, 1], 1)
    pan = np.repeat(rng.uniform(-2, 2, 5), np.diff(EDGES)).astype(np.float32)
    tones = np.concatenate([source, pan * source + other], axis=1)

    def first_energy(angles):
        return np.add.reduceat(np.square(turn(tones, angles, EDGES)[:, 0]).sum(axis=0), EDGES[:-1])

    best = np.max([first_energy((angle,) * 5) for angle in range(256)], axis=0)
    np.testing.assert_allclose(first_energy(fit_angles(tones, EDGES)), best, rtol=1e-4)


def test_silence_has_angles_too():
    assert fit_angles(np.zeros((3, 2, EDGES[-1]), np.float32), EDGES) == (0,) * 5


def test_loudness_is_the_logarithm_of_the_rms_in_octaves(rng):
    levels = [-15, 0, 3, -7, 20]
    got = loudness(tones_of(rng, levels, windows=1) * 1.0, EDGES)
    assert got.shape == (1, 2, 5) and got.dtype == np.int64 and abs(got - levels).max() <= 1
    steady = np.ones((2, 1, EDGES[-1]), np.float32)
    for level in range(SILENT + 2, LOUDEST + 1):
        assert (loudness(steady * 2.0**level, EDGES) == level).all()
        assert (loudness(steady * 2.0 ** (level + 0.4), EDGES) == level).all()
        assert (loudness(steady * 2.0 ** (level + 0.6), EDGES) == min(level + 1, LOUDEST)).all()


def test_silence_and_what_is_far_too_loud_have_the_least_and_the_greatest_loudness():
    tones = np.zeros((3, 1, EDGES[-1]), np.float32)
    tones[2] = 1e12
    assert (loudness(tones, EDGES)[:2] == SILENT).all() and (loudness(tones, EDGES)[2] == LOUDEST).all()


def test_loudness_follows_a_change_of_an_octave_and_not_one_of_half(rng):
    octaves = np.array([0, 0.45, 0.8, -0.85, 0.95, 1.6, 0.2, -0.8, -0.75, -2.2])
    tones = np.ones((10, 1, 4), np.float32) * 2.0 ** octaves[:, np.newaxis, np.newaxis]
    assert loudness(tones, np.array([0, 4])).ravel().tolist() == [0, 0, 0, 0, 1, 1, 1, -1, -1, -2]


def test_loudness_is_never_off_by_more_than_it_may(rng):
    exact = np.cumsum(rng.normal(0, 0.3, 500)).clip(-15, 15)
    tones = np.ones((500, 1, 4), np.float32) * 2.0 ** exact[:, np.newaxis, np.newaxis]
    levels = loudness(tones, np.array([0, 4])).ravel()
    assert abs(levels - exact).max() < KEEP
    assert 0 < np.count_nonzero(np.diff(levels)) < np.count_nonzero(np.diff(np.rint(exact))) * 0.7


def test_the_tones_that_are_given_stay_as_they_were(rng):
    tones = tones_of(rng, [0, 3, -2, 5, 1])
    before = tones.copy()
    turn(tones, fit_angles(tones, EDGES), EDGES)
    loudness(tones, EDGES)
    assert np.array_equal(tones, before)
