"""What a run leaves in its folder: read back and held against the song, the network and metrics.json."""
import csv
import dataclasses
import io
import json
import re
import shlex

import numpy as np
import pytest
import soundfile
from example_facts import (
    BLUE,
    GREY,
    ORANGE,
    Page,
    boxes,
    curve,
    example_facts,
    gif_pictures,
    is_colour,
    picture_in,
    plain_cut,
    plain_snr,
    plain_spaced,
)

from numpyae import Autoencoder, Run, Settings, load
from numpyae.audio import demo_song
from numpyae.report.facts import Animation
from numpyae.report.page import page, still_file
from numpyae.report.sounds import flacs
from numpyae.report.write import report_files, write_report
from numpyae.train import main
from numpyae.training import load_state
from numpyae.training.checkpoint import write_checkpoint

FILES = "training.gif", "gallery-periodic.gif", "gallery-low.gif", "gallery-high.gif"
SMALL = ["--iterations", "6", "--batch-size", "8", "--segment", "64", "--hidden", "6", "--features", "8"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("song")
    song, output = str(folder / "<b>a & b's.wav"), str(folder / "run")
    soundfile.write(song, demo_song(1.0, 11025), 11025)
    assert main([song, *SMALL, "--gallery", "-o", output, "--quiet"]) == 0
    return folder / "run"


def page_in(folder):
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def test_the_page_holds_every_picture_and_refers_to_nothing_else(run):
    page = page_in(run)
    names = [*FILES, "loss.png", "stereo.png", "spectrum.png", "atoms.png"]
    assert [*page.pictures] == [(run / name).read_bytes() for name in names] and all(page.alts)
    assert all(link.startswith("data:") for link in page.links)
    assert "http" not in (run / "report.html").read_text(encoding="utf-8")


def test_the_still_of_each_animation_is_its_last_frame(run):
    stills = page_in(run).stills
    for name in FILES:
        still = picture_in(io.BytesIO(stills[(run / name).read_bytes()]))
        assert np.array_equal(still, gif_pictures(run / name)[6]), name


def test_the_sounds_in_the_page_are_those_of_the_wavs(run):
    page = page_in(run)
    assert [*page.sounds] == ["original", "reconstruction"]
    for name, data in page.sounds.items():
        here, rate = soundfile.read(io.BytesIO(data), dtype="int16")
        there, _ = soundfile.read(run / f"{name}.wav", dtype="int16")
        assert rate == 11025 and np.array_equal(here, there) and len(here) == 11025


def test_the_page_shows_the_songs_name_escaped_and_without_its_folder(run):
    text = (run / "report.html").read_text(encoding="utf-8")
    assert "<h1>&lt;b&gt;a &amp; b&#x27;s.wav, learned by a small network</h1>" in text
    assert "<b>" not in text and str(run.parent) not in text
    assert "$" not in re.sub(r"(?s)<(style|script)>.*?</\1>", "", text)


def test_the_page_says_the_numbers_of_the_run(run):
    words = page_in(run).words
    for number in ("6 iterations", "11,025 Hz", "502 parameters", "passes 10 dB", "--seed 0"):
        assert number in words, number


@pytest.mark.parametrize("channels, words", [
    (1, "(1.0 s, 8,000 Hz, 1 channel)"), (6, "Only the first two channels are drawn."),
])
def test_a_song_that_is_not_stereo_has_a_page_of_its_own_kind(tmp_path, rng, channels, words):
    soundfile.write(tmp_path / "a.wav", rng.uniform(-0.5, 0.5, (8000, channels)), 8000)
    assert main([str(tmp_path / "a.wav"), *SMALL, "-o", str(tmp_path / "run"), "--quiet"]) == 0
    page = page_in(tmp_path / "run")
    assert words in page.words and len(page.pictures) == 4
    assert not (tmp_path / "run" / "stereo.png").exists()


def test_silence_has_a_page_that_says_so(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros((8000, 2)), 8000)
    assert main([str(tmp_path / "a.wav"), *SMALL, "-o", str(tmp_path / "run"), "--quiet"]) == 0
    assert "The song is silent" in page_in(tmp_path / "run").words


@pytest.mark.parametrize("channels", [1, 2])
def test_every_file_is_what_its_name_says(tmp_path, channels):
    facts = example_facts(channels)
    write_report(tmp_path, facts)
    pictures = ["atoms.png", "loss.png", "spectrum.png", *(["stereo.png"] if channels == 2 else [])]
    sounds = ["original.wav", "reconstruction.wav"]
    assert {path.name for path in tmp_path.iterdir()} == {*pictures, *FILES, *sounds, "report.html"}
    assert {*report_files(channels, facts.animations)} == {path.name for path in tmp_path.iterdir()}
    seen = set()
    for name in pictures:
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
        picture = picture_in(tmp_path / name)
        assert picture.shape[1] == 960 and picture.shape[0] >= 600
        assert is_colour(picture, BLUE).sum() > 500 and (picture.min(axis=2) > 250).mean() > 0.3
        seen.add(picture.tobytes())
    assert len(seen) == len(pictures)  # none is another's
    if channels == 2:
        for name in ("loss.png", "stereo.png", "atoms.png"):
            assert is_colour(picture_in(tmp_path / name), ORANGE).sum() > 500


def test_the_page_is_that_of_the_facts_and_the_files(tmp_path):
    facts = example_facts(original=3 * example_facts().original)
    write_report(tmp_path, facts)
    files, notes = flacs(facts)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    for path in tmp_path.iterdir():
        if path.suffix in (".gif", ".png"):
            files[path.name] = path.read_bytes()
    for name in facts.animations:
        files[still_file(name)] = Page(text).stills[files[still_file(name).replace(".png", ".gif")]]
    assert text == page(facts, files, notes) and len(notes) == 1


def test_a_page_of_ten_loud_seconds_is_small_enough_to_be_sent(tmp_path, rng):
    noise = rng.uniform(-1, 1, (480_000, 2))  # which no FLAC makes smaller
    segment = noise[:1024]
    frames = [(iteration, segment * iteration / 150) for iteration in range(151)]
    animations = {"lively": Animation(0, segment, frames)}
    facts = example_facts(original=noise, reconstruction=noise[::-1], rate=48000, animations=animations)
    write_report(tmp_path, facts)
    assert (tmp_path / "report.html").stat().st_size < 12_000_000
    assert (tmp_path / "training.gif").stat().st_size < 2_000_000
    assert sum(path.stat().st_size for path in tmp_path.glob("*.png")) < 300_000


# all of them other than by default
STORY = Settings(
    iterations=7, batch_size=9, segment=63, hidden=5, features=7, kernel=5, stride=3, init="mirrored",
    edges="context", learning_rate=0.02, seed=11,
)
CONTEXT = 18  # a feature sees 5 + 4 * 3 = 17 samples, and 18 is the next multiple of 9


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """The folder of a run with a report, its song beside it."""
    assert all(getattr(STORY, field.name) != field.default for field in dataclasses.fields(Settings))
    folder = tmp_path_factory.mktemp("story")
    soundfile.write(folder / "the song.wav", demo_song(1.2, 11025), 11025)
    with Run.begin(folder / "run", folder / "the song.wav", STORY, gallery=True) as run:
        for _ in run.train():
            pass
        run.finish()
    return folder / "run"


@pytest.fixture(scope="module")
def song(story):
    return soundfile.read(story.parent / "the song.wav", dtype="float32")[0]


def metrics_of(folder):
    return json.loads((folder / "metrics.json").read_text(encoding="utf-8"))


def config_of(folder):
    return json.loads((folder / "config.json").read_text(encoding="utf-8"))


def rows_of(folder):
    with open(folder / "metrics.csv", newline="", encoding="utf-8") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def streams():
    """Return the generators of a run's kernels, batches and fixed segments."""
    return [np.random.default_rng(stream) for stream in np.random.SeedSequence(11).spawn(3)]


def untrained():
    return Autoencoder(2, 5, 7, 5, 3, init="mirrored", rng=streams()[0])


def reconstructed(model, segments):
    return model.forward(segments)[0][:, CONTEXT:-CONTEXT]


def three_snrs(model, segments):
    x, y = segments[:, CONTEXT:-CONTEXT], reconstructed(model, segments)
    return [plain_snr(x @ part, y @ part) for part in (np.eye(2), [0.5, 0.5], [0.5, -0.5])]


def test_metrics_csv_is_measured_on_the_16_fixed_segments(story, song):
    starts = streams()[2].integers(0, len(song) - 63 + 1, 16)
    segments = np.stack([plain_cut(song, start, 63, CONTEXT) for start in starts])
    last = rows_of(story)[-1]
    said = [last[name] for name in ("snr_db", "snr_mid_db", "snr_side_db")]
    assert said == pytest.approx(three_snrs(load(story), segments), rel=1e-4)


def test_metrics_csv_begins_with_the_loss_of_the_first_batch_before_any_step(story, song):
    starts = streams()[1].integers(0, len(song) - 63 + 1, 9)
    segments = np.stack([plain_cut(song, start, 63, CONTEXT) for start in starts])
    loss = np.square(reconstructed(untrained(), segments) - segments[:, CONTEXT:-CONTEXT]).mean()
    rows = rows_of(story)
    assert rows[0]["loss"] == pytest.approx(loss, rel=1e-4)
    assert [row["iteration"] for row in rows] == [1, 2, 3, 4, 5, 6, 7]
    assert rows[0]["seconds"] > 0 and (np.diff([row["seconds"] for row in rows]) > 0).all()


def test_metrics_json_is_measured_on_a_thousand_segments_after_the_last_iteration(story, song):
    metrics, model = metrics_of(story), load(story)
    segments = plain_spaced(song, 1000, 63, CONTEXT)
    assert [metrics[name] for name in ("snr_db", "snr_mid_db", "snr_side_db")] == pytest.approx(
        three_snrs(model, segments), rel=1e-4)
    loss = np.square(np.float64(segments[:, CONTEXT:-CONTEXT]) - reconstructed(model, segments)).mean()
    assert metrics["loss"] == pytest.approx(loss, rel=1e-4)
    assert metrics["iterations"] == 7 and metrics["finished"] is True
    assert metrics["parameters"] == sum(array.size for array in model.named_parameters().values())
    assert (metrics["sample_rate"], metrics["channels"]) == (11025, 2)
    assert metrics["training_seconds"] == rows_of(story)[-1]["seconds"] < metrics["total_seconds"]


def test_the_pages_numbers_are_those_of_metrics_json_and_metrics_csv(story, song):
    metrics, rows, page = metrics_of(story), rows_of(story), page_in(story)
    error, stereo, edges = page.under("Look closer")
    learned, features, _ = page.under("How it was made")

    def passes(name):
        passed = [int(row["iteration"]) for row in rows if row[name] >= 10]
        return f"passes 10 dB at iteration {passed[0]}" if passed else "never passes 10 dB"

    assert learned == (
        f"A network of {metrics['parameters']} parameters was trained on {7 * 9 * 63 / 11025:.0f} seconds of "
        f"random segments of this song ({len(song) / 11025:.1f} s, 11,025 Hz, 2 channels): 7 iterations in "
        f"{metrics['training_seconds']:.1f} seconds."
    )
    assert f"the SNR is {metrics['snr_db']:.1f} dB." in error
    assert f"share, has {metrics['snr_mid_db']:.1f} dB and {passes('snr_mid_db')}; the side" in stereo
    assert f"differ, has {metrics['snr_side_db']:.1f} dB and {passes('snr_side_db')}." in stereo
    assert f"{metrics['snr_mid_db']:.1f}" != f"{metrics['snr_side_db']:.1f}"
    assert features == f"The features in between are {7 / 9 / 2:.3g} times as many numbers as the sound."
    segments, model = plain_spaced(song, 1000, 63, CONTEXT), load(story)
    error = np.float64(segments[:, CONTEXT:-CONTEXT]) - reconstructed(model, segments)
    square = np.square(error).mean(axis=(0, 2))
    left, right = model.edge_widths()
    factor = (np.r_[square[:left], square[-right:]].mean() / square[left:-right].mean()) ** 0.5
    assert edges == (
        f"At the ends of a segment the RMS error is {factor:.2f} times that in its middle "
        "(the network sees the song beyond the ends)."
    )


def test_the_sounds_are_the_song_and_what_the_network_makes_of_it(story, song):
    whole = np.concatenate([song, np.zeros((-len(song) % 9, 2), np.float32)])
    y = load(story).forward(whole[np.newaxis])[0][0, : len(song)]
    for name, expected in (("original", song), ("reconstruction", y)):
        sound, rate = soundfile.read(story / f"{name}.wav", dtype="float32")
        assert rate == 11025
        np.testing.assert_allclose(sound, expected, atol=1e-6)  # too loud for 16 bits
    heard = page_in(story).under("Listen")[-1]
    assert f"The whole song, {len(song) / 11025:.1f} seconds" in heard
    assert f"that of the difference, is {plain_snr(song, y):.1f} dB." in heard


def heights(picture, colours):
    """Return, of both channels one after the other, (columns from 0 to 1, heights above the zero line)."""
    found = []
    for box, colour in zip(boxes(picture), colours, strict=True):
        columns, rows = curve(picture, box, colour)
        left, right = box[1].start - 3, box[1].stop + 1  # the lines of the frame
        found.append(((columns - left) / (right - left), (box[0].start + box[0].stop - 1) / 2 - rows))
    return found


def likeness(drawn, sound):
    """Return how alike (1: the same) what was drawn is to a sound, but for what another curve hides."""
    x = np.concatenate([
        np.interp(columns * (len(sound) - 1), np.arange(len(sound)), channel)
        for (columns, _), channel in zip(drawn, sound.T, strict=True)
    ])
    y = np.concatenate([rows for _, rows in drawn])
    off = np.abs(y - x * (x @ y) / (x @ x))
    near = off <= np.quantile(off, 0.8)
    return np.corrcoef(x[near], y[near])[0, 1]


@pytest.mark.parametrize("file", FILES)
def test_each_animation_shows_the_segment_that_its_caption_names(story, song, file):
    """Grey is the song's segment, colour what the network made of it in the first and the last iteration."""
    _, caption = page_in(story).pictures[(story / file).read_bytes()]
    second, = re.match(r"63 samples \(6 ms\) from second (\d+\.\d\d) of the song", caption).groups()
    pictures = gif_pictures(story / file)
    assert len(pictures) == 2 * 8 - 2
    starts = [start for start in range(len(song) - 62) if f"{start / 11025:.2f}" == second]
    grey = heights(pictures[0], (GREY, GREY))
    alike = [likeness(grey, song[start : start + 63]) for start in starts]
    assert max(alike) > 0.99
    segment = plain_cut(song, starts[np.argmax(alike)], 63, CONTEXT)[np.newaxis]
    colours = [heights(picture, (BLUE, ORANGE)) for picture in pictures[:8]]
    for model, iteration in ((untrained(), 0), (load(story), 7)):
        alike = [likeness(drawn, reconstructed(model, segment)[0]) for drawn in colours]
        assert max(alike) > 0.99 and np.argmax(alike) == iteration


def test_in_the_last_picture_the_colours_are_nearer_to_the_grey_than_in_the_first(story):
    def distance(picture):
        total = 0
        for box, colour in zip(boxes(picture), (BLUE, ORANGE), strict=True):
            (columns, rows), (grey_columns, grey) = (curve(picture, box, each) for each in (colour, GREY))
            both = np.intersect1d(columns, grey_columns)
            total += np.abs(rows[np.isin(columns, both)] - grey[np.isin(grey_columns, both)]).mean()
        return total

    pictures = gif_pictures(story / "training.gif")
    assert distance(pictures[7]) < distance(pictures[0])


def test_the_pages_command_makes_the_run_again(story, monkeypatch):
    """To the bit: so no flag is missing, and no value is another."""
    monkeypatch.chdir(story.parent)
    command, = page_in(story).texts("pre")
    words = shlex.split(command)
    assert words[:4] == ["python", "-m", "numpyae.train", "the song.wav"]
    assert main([*words[3:], "-o", "again", "--no-report", "--quiet"]) == 0
    assert np.array_equal(load("again").parameters, load(story).parameters)
    ours, theirs = config_of(story), config_of(story.parent / "again")
    assert {name for name in ours if ours[name] != theirs[name]} == {"audio"}  # which is as it was given


def test_the_pages_table_is_config_json(story):
    table, config = page_in(story).table(), config_of(story)
    assert len(table) == len({*config} - {"audio", "audio_path", "versions"}) > len(dataclasses.fields(STORY))
    for row, name in (
        ("iterations", "iterations"), ("batch size", "batch_size"), ("features", "features"),
        ("seed of the random numbers", "seed"), ("length of the song", "samples"),
        ("learning rate", "learning_rate"), ("SHA-256 of the song's file", "audio_sha256"),
    ):
        assert table[row].split()[0].replace(",", "") == str(config[name])


def test_a_run_that_was_left_is_not_finished_until_it_went_on(tmp_path):
    """And its seconds go on too."""
    soundfile.write(tmp_path / "a.wav", demo_song(1.0, 11025), 11025)
    settings = dataclasses.replace(STORY, iterations=5)
    with Run.begin(tmp_path / "run", tmp_path / "a.wav", settings) as run:
        for row in run.train():
            if row.iteration == 2:
                break
        assert run.finish() == metrics_of(tmp_path / "run")
    metrics = metrics_of(tmp_path / "run")
    assert metrics["finished"] is False and metrics["iterations"] == 2
    assert "): 2 iterations in " in page_in(tmp_path / "run").words
    assert len(gif_pictures(tmp_path / "run" / "training.gif")) == 2 * 3 - 2

    model, state = load_state(tmp_path / "run")
    state.rows["seconds"] = state.rows["seconds"] + 1000  # as if it had taken so long
    write_checkpoint(tmp_path / "run", model, state)
    with Run.resume(tmp_path / "run") as run:
        assert [row.iteration for row in run.train()] == [3, 4, 5]
        run.finish()
    metrics = metrics_of(tmp_path / "run")
    assert metrics["finished"] is True and metrics["iterations"] == 5
    assert all(1000 < metrics[name] < 1100 for name in ("training_seconds", "total_seconds"))
    assert metrics["total_seconds"] > metrics["training_seconds"]
    assert [row["iteration"] for row in rows_of(tmp_path / "run")] == [1, 2, 3, 4, 5]
    assert len(gif_pictures(tmp_path / "run" / "training.gif")) == 2 * 6 - 2
    assert f"5 iterations in {metrics['training_seconds']:.1f} seconds." in page_in(tmp_path / "run").words
