"""Every fact of a report, against the same sum written out here, from segments cut here."""
import cmath
import math

import numpy as np
import pytest
import scipy.signal
import soundfile
from example_facts import COLUMNS, example_facts, plain_cut, plain_snr, plain_spaced
from small import small_model

from numpyae import Autoencoder, Run, Settings
from numpyae.audio import demo_song, spaced_segments
from numpyae.report import write as report
from numpyae.report.facts import find_atoms, listen

SETTINGS = dict(
    iterations=9, batch_size=8, segment=64, hidden=6, features=10, kernel=5, init="mirrored",
    learning_rate=0.01, seed=3,
)
HALF = 5e-4  # frames are recorded in half precision, of 11 bits


def facts_of(folder, **settings):
    """Return (model, song, rows, Facts) of a finished run on a song of 1.5 seconds."""
    soundfile.write(folder / "song.wav", demo_song(1.5, 11025), 11025)
    seen = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "write_report", lambda _, facts: seen.append(facts))
        wanted = dict(gallery=True, workers=2)
        with Run.begin(folder / "run", folder / "song.wav", Settings(**settings), **wanted) as run:
            rows = [*run.train()]
            run.finish()
    song, _ = soundfile.read(folder / "song.wav", dtype="float32")
    return run.model, song, rows, seen[0]


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    return facts_of(tmp_path_factory.mktemp("facts"), **SETTINGS)


def test_the_run_is_named_and_counted(learned):
    model, song, rows, facts = learned
    assert (facts.name, facts.rate, facts.iterations) == ("song.wav", 11025, 9)
    assert facts.parameters == sum(array.size for array in model.named_parameters().values())
    assert facts.training_seconds == rows[-1].seconds
    assert {name: facts.config[name] for name in SETTINGS} == SETTINGS
    source = [facts.config[name] for name in ("samples", "sample_rate", "channels")]
    assert source == [len(song), 11025, 2]


def test_the_history_is_the_rows(learned):
    _, _, rows, facts = learned
    assert [*facts.history] == ["iteration", "loss", "snr_db", "snr_mid_db", "snr_side_db", "seconds"]
    assert [*zip(*facts.history.values(), strict=True)] == rows and len(rows) == 9


def test_the_seconds_learned_from_are_those_of_all_segments_of_all_batches(learned):
    assert learned[3].seconds_learned_from == pytest.approx(9 * 8 * 64 / 11025)
    assert example_facts().seconds_learned_from == pytest.approx(5 * 123456 * 88 / 8000)


@pytest.mark.parametrize("samples, count", [(64, 1), (65, 2), (1062, 999), (1063, 1000), (1064, 1000)])
def test_the_segments_that_were_measured_are_counted(samples, count):
    config = {**example_facts().config, "samples": samples, "segment": 64}
    assert example_facts(config=config).segments_measured == count
    assert len(spaced_segments(np.zeros((samples, 2)), 1000, 64)) == count


def test_the_features_per_sample_are_counted(learned):
    model, song, _, facts = learned
    segment = song[np.newaxis, :64]
    assert facts.features_per_sample == model.encode(segment).size / segment.size == 1.25


def test_the_snrs_are_those_of_a_thousand_segments_from_end_to_end(learned):
    model, song, _, facts = learned
    x = plain_spaced(song, 1000, 64)
    y = model.forward(x)[0]
    measured = facts.measured
    assert measured.snr_db == pytest.approx(plain_snr(x, y), rel=1e-5)
    assert measured.snr_mid_db == pytest.approx(plain_snr(x @ [0.5, 0.5], y @ [0.5, 0.5]), rel=1e-4)
    assert measured.snr_side_db == pytest.approx(plain_snr(x @ [0.5, -0.5], y @ [0.5, -0.5]), rel=1e-4)
    assert measured.loss == pytest.approx(np.mean((np.float64(x) - y) ** 2), rel=1e-5)
    assert measured.snr_mid_db != pytest.approx(measured.snr_side_db, abs=0.1)


def test_the_edge_errors_are_those_of_the_samples_that_the_song_beyond_would_change(learned):
    model, song, _, facts = learned
    x = plain_spaced(song, 1000, 64)
    longer = plain_spaced(song, 1000, 64, 32)  # 32: more than any feature sees, and a multiple of 4
    y = model.forward(x)[0]
    changes = np.abs(y - model.forward(longer)[0][:, 32:-32]).max(axis=(0, 2)) > 1e-5
    left, right = changes[:32].nonzero()[0][-1] + 1, 64 - (32 + changes[32:].nonzero()[0][0])
    assert changes[:left].all() and changes[-right:].all() and not changes[left:-right].any()
    assert left != right  # a kernel of 5 is not symmetrical
    error = np.square(np.float64(x) - y)
    ends = np.concatenate([error[:, :left], error[:, -right:]], axis=1)
    expected = math.sqrt(ends.mean()), math.sqrt(error[:, left:-right].mean())
    assert facts.edge_errors == pytest.approx(expected, rel=1e-5)
    assert facts.edge_factor == pytest.approx(expected[0] / expected[1], rel=1e-5)
    assert facts.edge_factor > 1.05


def test_with_context_the_network_sees_the_song_on_either_side_in_all_that_is_measured_and_drawn(tmp_path):
    model, song, _, facts = facts_of(tmp_path, **SETTINGS | dict(edges="context", iterations=2))
    x = plain_spaced(song, 1000, 64, 16)  # a feature sees 13 samples, and 16 is the next multiple of 4
    y = model.forward(x)[0][:, 16:-16]
    square = np.square(np.float64(x[:, 16:-16]) - y).mean(axis=(0, 2))
    assert facts.measured.snr_db == pytest.approx(plain_snr(x[:, 16:-16], y), rel=1e-4)
    left, right = model.edge_widths()
    ends, between = np.r_[square[:left], square[-right:]].mean(), square[left:-right].mean()
    assert facts.edge_errors == pytest.approx((ends**0.5, between**0.5), rel=1e-5)
    for animation in facts.animations.values():
        seen = plain_cut(song, animation.start, 64, 16)
        assert np.array_equal(animation.original, seen[16:-16])
        frame, inside = animation.frames[-1][1], model.forward(seen[np.newaxis])[0][0, 16:-16]
        np.testing.assert_allclose(frame, inside, rtol=HALF, atol=1e-6)
        assert np.abs(frame - model.forward(seen[np.newaxis, 16:-16])[0][0]).max() > 1e-4


@pytest.mark.parametrize("errors, factor", [
    ((0.07, 0.02), 3.5), ((0.01, 0.02), 0.5), ((0.1, 0.0), None), (None, None),
])
def test_the_edge_factor_is_the_error_at_the_ends_by_that_inside(errors, factor):
    assert example_facts(edge_errors=errors).edge_factor == (factor and pytest.approx(factor))


def test_the_animations_are_the_songs_segments_and_what_the_network_made_of_them(learned):
    model, song, _, facts = learned
    kernels = np.random.default_rng(np.random.SeedSequence(3).spawn(3)[0])
    first = Autoencoder(2, 6, 10, kernel=5, init="mirrored", rng=kernels)
    assert [*facts.animations] == ["lively", "periodic", "low", "high"]
    assert len({animation.start for animation in facts.animations.values()}) == 4
    for animation in facts.animations.values():
        segment = song[animation.start : animation.start + 64]
        assert np.array_equal(animation.original, segment)
        assert [iteration for iteration, _ in animation.frames] == [*range(10)]
        for network, (_, frame) in ((first, animation.frames[0]), (model, animation.frames[-1])):
            expected = network.forward(segment[np.newaxis])[0][0]
            np.testing.assert_allclose(frame, expected, rtol=HALF, atol=1e-6)


def test_the_animations_are_of_the_segments_that_their_names_say(learned):
    """Lively: the most side; low and high: of the louder half, the lowest and the highest mean frequency."""
    _, song, _, facts = learned
    x = np.float64(plain_spaced(song, 400, 64))
    energy, side = np.square(x).sum(axis=(1, 2)), np.square(x[..., 0] - x[..., 1]).sum(axis=1)
    frequencies, power = scipy.signal.periodogram(x, nfft=128, detrend=False, axis=1)
    power[:, 1:-1] /= 2  # scipy counts these twice
    power = power.sum(axis=2)
    mean = power @ frequencies / power.sum(axis=1)
    loud = np.flatnonzero(energy >= np.median(energy))
    low, high = loud[mean[loud].argmin()], loud[mean[loud].argmax()]
    for name, index in (("lively", side.argmax()), ("low", low), ("high", high)):
        assert np.array_equal(facts.animations[name].original, np.float32(x[index])), name


def test_the_sound_to_listen_to_is_the_whole_of_a_short_song_without_edges_inside(learned):
    model, song, _, facts = learned
    whole = np.concatenate([song, np.zeros((-len(song) % 4, 2), np.float32)])
    y = model.forward(whole[np.newaxis])[0][0, : len(song)]
    assert np.array_equal(facts.original, song) and facts.reconstruction.shape == song.shape
    np.testing.assert_allclose(facts.reconstruction, y, atol=1e-6)
    assert facts.heard_snr_db == pytest.approx(plain_snr(song, y), rel=1e-4) and facts.heard_snr_db > 0.3


@pytest.mark.parametrize("samples, start, length", [
    (1, 0, 1), (499, 0, 499), (500, 0, 500), (501, 0, 500), (502, 1, 500), (4000, 1750, 500),
])
def test_the_10_seconds_in_the_middle_of_a_song_are_heard(rng, samples, start, length):
    song = rng.standard_normal((samples, 2)).astype(np.float32)
    original, reconstruction = listen(small_model(), song, 50)
    assert np.array_equal(original, song[start : start + length])
    padded = np.concatenate([original, np.zeros((-length % 4, 2), np.float32)])
    expected = small_model().forward(padded[np.newaxis])[0][0, :length]
    np.testing.assert_allclose(reconstruction, expected, atol=1e-6)


@pytest.mark.parametrize("scale, peak", [(1e5, 1e6), (1e30, 0)])  # huge, and not even a number
def test_what_is_heard_is_finite_even_if_the_network_overflows(rng, scale, peak):
    model = small_model()
    model.parameters[...] *= scale
    song = rng.standard_normal((400, 2)).astype(np.float32)
    _, reconstruction = listen(model, song, 50)
    assert np.abs(reconstruction).max() == peak
    assert example_facts(original=song, reconstruction=reconstruction).heard_snr_db <= 0


def test_the_spectra_are_welchs_of_both_channels_together(learned):
    _, _, _, facts = learned
    frequencies, powers = facts.spectra
    assert [*powers] == ["original", "reconstruction", "error"]
    sounds = facts.original, facts.reconstruction, facts.original - facts.reconstruction
    for power, sound in zip(powers.values(), sounds, strict=True):
        expected_frequencies, left = scipy.signal.welch(sound[:, 0], 11025, nperseg=16384)
        _, right = scipy.signal.welch(sound[:, 1], 11025, nperseg=16384)
        np.testing.assert_allclose(frequencies, expected_frequencies)
        np.testing.assert_allclose(power, left + right, rtol=1e-3, atol=1e-12)


def test_a_spectrum_adds_up_to_the_power_of_the_sound_and_peaks_at_its_tone():
    sound = np.sqrt(2) * np.sin(2 * np.pi * 1000 * np.arange(50_000) / 8000)[:, np.newaxis] * [1, 3]
    frequencies, powers = example_facts(original=sound, reconstruction=0.5 * sound).spectra
    assert frequencies[powers["original"].argmax()] == 1000
    for name, power in (("original", 10), ("reconstruction", 2.5), ("error", 2.5)):
        assert powers[name].sum() * frequencies[1] == pytest.approx(power, rel=1e-3)


def test_the_octaves_are_the_sums_of_the_spectra_in_them(learned):
    _, _, _, facts = learned
    frequencies, left = scipy.signal.welch(facts.original, 11025, nperseg=16384, axis=0)
    _, lost = scipy.signal.welch(facts.original - facts.reconstruction, 11025, nperseg=16384, axis=0)
    expected = []
    for centre in (31.25, 62.5, 125, 250, 500, 1000, 2000, 4000):
        inside = (frequencies >= centre / math.sqrt(2)) & (frequencies < centre * math.sqrt(2))
        expected.append((centre, 10 * math.log10(left[inside].sum() / lost[inside].sum())))
    assert [centre for centre, _ in facts.octaves] == [centre for centre, _ in expected]
    np.testing.assert_allclose(facts.octaves, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("original", [np.zeros((500, 2)), np.ones((500, 2))])
def test_an_octave_without_sound_or_without_loss_is_left_out(original):
    assert example_facts(original=original, reconstruction=np.ones((500, 2))).octaves == []


def test_an_snr_passes_10_decibels_at_the_first_iteration_that_has_them():
    history = {"iteration": np.arange(1.0, 6), "snr_mid_db": np.array([np.nan, 9.9, 10.0, 9.0, 12.0])}
    assert example_facts(history=history).passes("snr_mid_db") == 3
    early = {name: column[:2] for name, column in history.items()}
    assert example_facts(history=early).passes("snr_mid_db") is None
    assert [example_facts().passes(name) for name in ("snr_db", "snr_mid_db", "snr_side_db")] == [4, 3, 5]
    assert COLUMNS["snr_mid_db"][3] < 10  # it need not stay there


def mean_frequency(atom):
    """Return the mean of 33 frequencies from 0 to half the rate, each weighted by its power in the atom."""
    weights = []
    for step in range(33):
        turns = [cmath.exp(-2j * cmath.pi * step * time / 64) for time in range(len(atom))]
        weights.append(sum(abs(np.dot(turns, channel)) ** 2 for channel in np.float64(atom).T))
    return sum(step * weight for step, weight in enumerate(weights)) / sum(weights)


def test_the_atoms_of_a_network_that_overflows_are_found_without_a_warning(rng):
    model = small_model()
    model.parameters[...] *= 1e30
    assert find_atoms(model, rng.standard_normal((4, 64, 2)).astype(np.float32)).shape == (8, 10, 2)


def test_an_atom_is_what_one_feature_adds_to_the_output(rng):
    model = small_model(init="mirrored")
    for layer in model.layers:
        if layer.params:
            layer.b[...] = 0.1 * rng.standard_normal(layer.b.shape)
    segments = rng.standard_normal((4, 64, 2)).astype(np.float32)
    atoms = find_atoms(model, segments)
    assert atoms.shape == (8, 10, 2)
    level = np.sqrt(np.mean(np.square(model.encode(segments)), axis=(0, 1)))
    expected = []
    for feature in range(8):
        features = np.zeros((1, 11, 8), np.float32)
        silent = model.decode(features, 44)
        features[0, 5, feature] = level[feature]
        added = (model.decode(features, 44) - silent)[0]
        expected.append(added[17:27].copy())  # 4 * 5 - 3 = 17
        added[17:27] = 0
        assert not added.any()
    expected.sort(key=mean_frequency)
    np.testing.assert_allclose(atoms, expected, rtol=0, atol=1e-6)


def test_the_atoms_go_from_low_to_high_and_those_that_are_never_on_come_last(rng):
    model = small_model(init="mirrored")
    model.pairs()[1][0].b[[1, 4]] = -1e3  # these two features stay 0
    atoms = find_atoms(model, rng.standard_normal((4, 64, 2)).astype(np.float32))
    assert not atoms[6:].any() and atoms[:6].any(axis=(1, 2)).all()
    frequencies = [mean_frequency(atom) for atom in atoms[:6]]
    assert frequencies == sorted(frequencies) and frequencies[-1] > frequencies[0] + 2


def test_the_atoms_of_a_run_are_those_of_its_network(learned):
    model, song, _, facts = learned
    assert facts.atoms.shape == (10, 13, 2)  # 13 samples are seen by a feature: 5 windows of 5, two apart
    levels = np.sqrt(np.mean(np.square(model.encode(plain_spaced(song, 1000, 64)[::62])), axis=(0, 1)))
    found = []
    for feature, level in enumerate(levels):
        features = np.zeros((1, 21, 10), np.float32)
        silent = model.decode(features, 84)
        features[0, 10, feature] = level
        added = (model.decode(features, 84) - silent)[0]
        assert not added[:37].any() and not added[50:].any()
        found.append(added[37:50])  # 4 * 10 - 3 = 37
    alive = sorted((atom for atom in found if atom.any()), key=mean_frequency)
    np.testing.assert_allclose(facts.atoms[: len(alive)], alive, atol=1e-6)
    assert len(alive) >= 5 and not facts.atoms[len(alive) :].any()
