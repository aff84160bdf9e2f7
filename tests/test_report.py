"""What a run leaves to look at and to listen to."""
import re
import struct
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import soundfile

from numpyae import Autoencoder
from numpyae.audio import demo_song
from numpyae.report.animation import save_animation
from numpyae.report.figures import _atoms, passes
from numpyae.report import recorder as recorder_module
from numpyae.report.recorder import Recorder
from numpyae.train import main

SMALL = ["--iterations", "6", "--batch-size", "8", "--segment", "64", "--hidden", "6", "--features", "8"]


def read_gif(path):
    """Return (width, height, loops for ever, [milliseconds of each picture]) of a GIF file, read block by block."""
    data = Path(path).read_bytes()
    assert data[:6] == b"GIF89a"
    width, height, flags = struct.unpack("<HHB", data[6:11])
    place = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    forever, milliseconds = False, []

    def sub_blocks(place):
        while size := data[place]:
            place += size + 1
        return place + 1

    while data[place] != 0x3B:  # the trailer
        if data[place] == 0x21:  # an extension
            kind = data[place + 1]
            if kind == 0xF9:
                milliseconds.append(10 * struct.unpack("<H", data[place + 4 : place + 6])[0])
            if kind == 0xFF and data[place + 3 : place + 14] == b"NETSCAPE2.0":
                forever = data[place + 16 : place + 18] == b"\0\0"
            place = sub_blocks(place + 2)
        else:
            assert data[place] == 0x2C  # a picture
            local = data[place + 9]
            place = sub_blocks(place + 10 + (3 << (local & 7) + 1 if local & 0x80 else 0) + 1)
    return width, height, forever, milliseconds


def frames_of(rng, original, count):
    return [(i, original * i / count + 0.1 * rng.standard_normal(original.shape)) for i in range(count)]


@pytest.mark.parametrize("channels", [1, 2, 6])
def test_the_animation_plays_there_and_back_and_loops_for_ever(tmp_path, rng, channels):
    original = rng.standard_normal((256, channels))
    save_animation(tmp_path / "a.gif", original, frames_of(rng, original, 12), 44100)
    width, height, forever, milliseconds = read_gif(tmp_path / "a.gif")
    assert (width, height) == (640, 240 if channels == 1 else 360) and forever
    assert sum(milliseconds) == (2 * 12 - 2) * 50  # a writer may merge equal pictures, but not their time


def test_an_animation_of_151_frames_of_noise_stays_under_3_mb(tmp_path, rng):
    original = rng.standard_normal((1024, 2))
    save_animation(tmp_path / "a.gif", original, frames_of(rng, original, 151), 44100)
    assert sum(read_gif(tmp_path / "a.gif")[3]) == 300 * 50
    assert (tmp_path / "a.gif").stat().st_size <= 3_000_000


@pytest.mark.parametrize("count", [1, 2])
def test_an_animation_of_a_frame_or_two_is_one_too(tmp_path, rng, count):
    original = np.zeros((64, 2))
    save_animation(tmp_path / "a.gif", original, frames_of(rng, original, count), 44100)
    assert read_gif(tmp_path / "a.gif")[:2] == (640, 360)


@pytest.mark.parametrize("iterations, expected", [(0, 1), (7, 8), (150, 151), (1000, 151)])
def test_the_recorder_keeps_a_frame_an_iteration_or_151_spread_over_a_longer_run(rng, iterations, expected):
    model, song = Autoencoder(2, 4, 4, rng=rng), demo_song(1.0, 8000)
    recorder = Recorder(model, song, length=64, context=0, iterations=iterations, gallery=False)
    for iteration in range(iterations + 1):
        recorder.record(iteration)
    kept = [iteration for iteration, _ in recorder.frames]
    assert len(kept) == expected and kept[0] == 0 and kept[-1] == iterations
    assert np.ptp(np.diff(kept)) <= 1 if len(kept) > 1 else True


def test_a_recorder_that_goes_on_keeps_of_the_earlier_frames_those_that_a_run_of_its_length_has(rng):
    model, song = Autoencoder(2, 4, 4, rng=rng), rng.standard_normal((500, 2)).astype(np.float32)
    settings = dict(length=64, context=0, gallery=True)
    earlier = Recorder(model, song, iterations=100, **settings)
    for iteration in range(101):
        earlier.record(iteration)
    longer = Recorder(model, song, iterations=300, **settings)
    longer.go_on({"steps": 100, **earlier.state()})
    for iteration in range(101, 301):
        longer.record(iteration)
    assert [iteration for iteration, _ in longer.frames] == [*range(0, 301, 2)]
    assert all(np.array_equal(longer.frames[10][1][name], earlier.frames[20][1][name]) for name in longer.names)


def test_a_recorder_without_earlier_frames_or_with_those_of_other_segments_begins_where_it_is(rng, monkeypatch):
    model, song = Autoencoder(2, 4, 4, rng=rng), rng.standard_normal((500, 2)).astype(np.float32)
    earlier = Recorder(model, song, length=64, context=0, iterations=9, gallery=False)
    earlier.record(0)
    monkeypatch.setattr(recorder_module, "KEPT", 64 * 2 * 4)
    assert earlier.state().keys() == {"frames", "frame_iterations"}
    for state in ({}, earlier.state()):
        later = Recorder(model, song, length=32, context=0, iterations=9, gallery=False)
        later.go_on({"steps": 5, **state})
        assert [iteration for iteration, _ in later.frames] == [5]
    earlier.record(1)
    assert earlier.state() == {}  # more than a checkpoint should hold


def test_the_recorders_pictures_are_what_the_network_made_at_the_time(rng):
    model, song = Autoencoder(2, 4, 4, rng=rng), demo_song(1.0, 8000)
    recorder = Recorder(model, song, length=64, context=12, iterations=1, gallery=True)
    recorder.record(0)
    model.parameters[...] = 0
    recorder.record(1)
    assert recorder.names == ["lively", "periodic", "low", "high"]
    for name in recorder.names:
        start = recorder.starts[name]
        assert np.array_equal(recorder.originals[name], song[start : start + 64])
        assert recorder.frames[0][1][name].any() and not recorder.frames[1][1][name].any()


def test_an_atom_is_what_one_feature_adds_to_the_output(rng):
    model = Autoencoder(2, 6, 8, rng=rng, init="mirrored")
    for layer in model.layers:
        if layer.params:
            layer.b[...] = 0.1 * rng.standard_normal(layer.b.shape)
    segments = rng.standard_normal((4, 64, 2)).astype(np.float32)
    atoms = _atoms(model, segments)
    assert atoms.shape == (8, 10, 2)
    level = np.sqrt(np.mean(np.square(model.encode(segments)), axis=(0, 1)))
    for feature in range(8):
        features = np.zeros((1, 11, 8), np.float32)
        silent = model.decode(features, 44)
        features[0, 5, feature] = level[feature]
        added = (model.decode(features, 44) - silent)[0]
        np.testing.assert_allclose(atoms[feature], added[17:27], rtol=0, atol=1e-6)  # 4 * 5 - 3 = 17
        added[17:27] = 0
        assert not added.any()


def test_an_snr_passes_10_decibels_at_the_first_iteration_that_has_them():
    rows = [{"iteration": i, "snr_mid_db": snr} for i, snr in enumerate([None, 9.9, 10.0, 9.0, 12.0], 1)]
    assert passes(rows, "snr_mid_db") == 3 and passes(rows[:2], "snr_mid_db") is None


class Page(HTMLParser):
    """Collects what a page refers to, its ids and its words."""

    def __init__(self, path):
        super().__init__()
        self.links, self.ids, self.alts, self.words = [], set(), [], ""
        self.feed(Path(path).read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.links += [attributes[name] for name in ("src", "href") if name in attributes]
        self.ids.add(attributes.get("id"))
        if tag == "img":
            self.alts.append(attributes.get("alt"))

    def handle_data(self, data):
        self.words += data


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("song")
    soundfile.write(folder / "<b>a & b's.wav", demo_song(1.0, 11025), 11025)
    assert main([str(folder / "<b>a & b's.wav"), *SMALL, "--gallery", "-o", str(folder / "run"), "--quiet"]) == 0
    return folder / "run"


def test_the_page_refers_to_files_beside_it_and_to_nothing_else(run):
    page = Page(run / "report.html")
    assert {*page.links} == {
        "training.gif", "gallery-periodic.gif", "gallery-low.gif", "gallery-high.gif", "original.wav",
        "reconstruction.wav", "difference.wav", "loss.png", "stereo.png", "spectrum.png", "atoms.png",
    }
    assert all((run / link).is_file() for link in page.links) and all(page.alts)
    assert "http" not in (run / "report.html").read_text(encoding="utf-8")


def test_the_page_shows_the_songs_name_escaped_and_without_its_folder(run):
    text = (run / "report.html").read_text(encoding="utf-8")
    assert "<h1>&lt;b&gt;a &amp; b&#x27;s.wav, learned by a small network</h1>" in text
    assert "<b>" not in text and str(run.parent) not in text and "$" not in re.sub(r"<style>.*?</style>", "", text)


def test_the_page_says_the_numbers_of_the_run(run):
    words = Page(run / "report.html").words
    for number in ("6 iterations", "11,025 Hz", "502 numbers", "passes 10 dB", "--seed 0"):
        assert number in words, number


@pytest.mark.parametrize("channels, words", [(1, "(1.0 s, 8,000 Hz, 1 channel)"), (6, "Only the first two channels are drawn.")])
def test_a_song_that_is_not_stereo_has_a_page_of_its_own_kind(tmp_path, rng, channels, words):
    soundfile.write(tmp_path / "a.wav", rng.uniform(-0.5, 0.5, (8000, channels)), 8000)
    assert main([str(tmp_path / "a.wav"), *SMALL, "-o", str(tmp_path / "run"), "--quiet"]) == 0
    page = Page(tmp_path / "run" / "report.html")
    assert words in page.words and "stereo.png" not in page.links and not (tmp_path / "run" / "stereo.png").exists()


def test_silence_has_a_page_that_says_so(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros((8000, 2)), 8000)
    assert main([str(tmp_path / "a.wav"), *SMALL, "-o", str(tmp_path / "run"), "--quiet"]) == 0
    assert "The song is silent" in Page(tmp_path / "run" / "report.html").words
