"""docs/codec.md: its tables and its picture are made of the measured numbers, which codec.py gives again."""
import sys
from pathlib import Path

import numpy as np
import pytest
from checked_numbers import not_among

from numpyae.audio import demo_song

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "docs" / "experiments"))
import codec
import codec_page
import judges
import strides
from harness import Results

PAGE = codec_page.PAGE.read_text(encoding="utf-8")
BOOK = codec_page.Book(Results(codec_page.RESULTS))


def test_the_tables_are_made_of_the_results():
    assert codec_page.rewritten(PAGE, BOOK) == PAGE


def test_a_page_without_a_place_for_a_table_is_refused():
    with pytest.raises(codec_page.InputError, match="expected a place for each of equal, scores, noise"):
        codec_page.rewritten(PAGE.replace("table: noise", "table: a noise"), BOOK)


def test_the_text_has_no_decimals_but_versions_and_examples():
    text = codec_page.PLACE.sub("", PAGE)
    checked_elsewhere = {"1.5", "0.4"}
    versions_and_examples = {"0.50", "2.00", "3.8", "0.2", "0.14", "1.2", "44.1", "0.6"}
    assert set(not_among(text, [])) - checked_elsewhere == versions_and_examples


def test_what_the_page_says_of_its_first_table_is_so():
    for judge in codec_page.JUDGES:
        for peer, coders in codec_page.PEERS.items():
            for kbps in (32, 64):
                ratio, _ = BOOK.median(f"numpyae {kbps}", judge, coders)
                is_smaller = (judge, peer, kbps) not in (("snr", "MP3", 64), ("zimtohrli", "Opus", 64))
                assert (ratio < 1) is is_smaller
                if judge != "snr" and peer == "MP3":
                    assert 0.3 <= round(ratio, 1) <= 0.6  # about half
    for judge in ("visqol", "zimtohrli"):
        ratio, sign = BOOK.ratio(codec_page.DEMO, "numpyae 64", judge, codec_page.PEERS["Opus"])
        assert ratio > 1.5 and not sign


def test_preparing_the_neurons_saves_no_more_than_the_page_says():
    saved = {
        (song, setting.removeprefix("heard ")): 1 - BOOK.one(song, setting, "bytes") / fresh
        for song, setting, *_ in BOOK.results.values if setting.startswith("heard ")
        for fresh in [BOOK.one(song, "told: all learns", "bytes")]
    }
    assert len(saved) >= 8 and round(100 * max(saved.values()), 1) == 1.5
    assert round(100 * max(part for (song, other), part in saved.items() if song != other), 1) == 0.4


def test_the_picture_shows_every_point_that_is_no_worse_than_a_smaller_one():
    axes = codec_page.drawn(BOOK).axes
    assert len(axes) == 4
    for axis, judge in zip(axes, ("snr", "nmr", "visqol", "zimtohrli"), strict=True):
        assert [line.get_label() for line in axis.lines] == ["numpyae", "MP3", "Vorbis", "Opus"]
        ours = axis.lines[0]
        kbps = [BOOK.one("crossroads", f"numpyae {each}", "kbps") for each in codec_page.RATES]
        scores = [BOOK.one("crossroads", f"numpyae {each}", judge) for each in codec_page.RATES]
        assert np.allclose(ours.get_xdata(), kbps, rtol=1e-3)
        assert np.allclose(ours.get_ydata(), scores, rtol=1e-6)


def test_a_curve_can_be_read_both_ways():
    for song in BOOK.songs:
        for judge in codec_page.JUDGES:
            scores, sizes = BOOK.curve(song, "numpyae", judge)
            middle = f"numpyae {codec_page.RATES[2]}"
            assert (np.diff(scores) > 0).all() and (np.diff(sizes) > 0).all()
            assert BOOK.ratio(song, middle, judge, ["numpyae"]) == (pytest.approx(1), "")


def test_a_louder_error_is_judged_worse_and_a_hidden_one_better(rng):
    time = np.arange(44100) / 44100
    song = 0.3 * np.sin(2 * np.pi * 1000 * time)[:, np.newaxis].repeat(2, axis=1) + 1e-5

    def judged(frequency, level):
        error = level * np.sin(2 * np.pi * frequency * time + 1)[:, np.newaxis]
        return judges.noise_to_mask(song, song + error, 44100, 2048)

    assert judged(1000, 1e-3) < judged(1000, 1e-2)
    assert judged(1200, 1e-2) < judged(200, 1e-2) - 10  # far below the tone, nothing hides it


def test_a_delay_is_removed_before_anything_is_judged():
    song = demo_song(3.0)
    late = np.pad(song, ((1000, 0), (0, 0)))[: len(song)]
    assert np.array_equal(judges._aligned(song, late, 44100)[: -1000], song[:-1000])


def test_the_experiment_gives_its_numbers_again():
    song = demo_song(12.0)[: 4 * 44100]
    changed = codec.told(song, 44100, changes=codec.LEARNING["nothing is counted"])["bytes"]
    assert codec.told(song, 44100)["bytes"] < changed
    fixed = strides.bits(song, 44100, 1024, learned=False)
    assert fixed["kbps"] < strides.bits(song, 44100, 64, learned=False)["kbps"]


@pytest.mark.slow
def test_the_demo_songs_sizes_are_those_of_the_page():
    found = codec.ours(demo_song(), 44100, 48)
    assert found["bytes"] == pytest.approx(BOOK.one(codec_page.DEMO, "numpyae 48", "bytes"), rel=0.01)
    for judge in ("snr", "nmr", "nmr short"):
        assert found[judge] == pytest.approx(BOOK.one(codec_page.DEMO, "numpyae 48", judge), abs=0.2)
