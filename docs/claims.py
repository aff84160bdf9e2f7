"""Measure what the post says, on the demo song and on songs of your own: python docs/claims.py [SONG ...] [--quick]

Writes docs/claims.json, where every measurement stands under its settings, so that a stopped run goes on, and
docs/claims.md, the page made of them. To measure again, also after a change of the code, delete claims.json. The demo
song and three of 20 seconds take about an hour and a quarter on two cores, --quick four minutes.
"""
import argparse
import hashlib
import json
import sys
import time
from pathlib import Path

from numpyae.command import DONE, one_blas_thread, run

one_blas_thread()  # before NumPy is imported

from claims_facts import facts, of_song
from claims_page import page
from claims_plan import ARTIST, name_of, plan
from claims_runs import SEGMENT, trained

from numpyae.atomic import write_text
from numpyae.audio import demo_song, read
from numpyae.errors import InputError

FOLDER = Path(__file__).parent


def measure(songs, quick, path):
    """Measure what is not in the file yet, write it there, and return what there is of these songs.

    songs: name -> (path or None, samples, rate). Other songs' measurements stay in the file; those of a song that has
    changed are dropped.
    """
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"songs": {}, "runs": {}}
    found = {"facts": facts(), "songs": kept["songs"], "runs": kept["runs"]}
    for name, (song_path, samples, rate) in songs.items():
        digest = hashlib.sha256(samples.tobytes() + str(rate).encode()).hexdigest()[:16]
        if found["songs"].get(name, {}).get("sha256") != digest:
            found["songs"][name], found["runs"][name] = {"sha256": digest, **of_song(song_path, samples, rate)}, {}
            for runs in found["runs"].values():
                runs.pop(name_of({"heard": name, "seed": 0}), None)
    sounds = {name: samples for name, (_, samples, _) in songs.items()} | {ARTIST: demo_song(seed=1)}
    todo = [*plan([*songs], quick)]
    for number, (song, settings) in enumerate(todo, start=1):
        if name_of(settings) not in found["runs"][song]:
            started = time.perf_counter()
            _, samples, rate = songs[song]
            heard = {"heard": sounds[settings["heard"]]} if "heard" in settings else {}
            found["runs"][song][name_of(settings)] = trained(samples, rate, **{**settings, **heard})
            write(path, found)
            took = time.perf_counter() - started
            print(f"{number} of {len(todo)}  {took:5.1f} s  {song}: {name_of(settings)}", file=sys.stderr, flush=True)
    return {**found, **{part: {name: found[part][name] for name in songs} for part in ("songs", "runs")}}


def write(path, found):
    """Write what was found, a training a line."""
    parts = {"facts": lines(found["facts"]), "songs": lines(found["songs"])}
    parts["runs"] = "{\n" + ",\n".join(f"{json.dumps(song)}: {lines(runs)}" for song, runs in found["runs"].items()) + "\n}"
    write_text(path, "{\n" + ",\n".join(f'"{name}": {part}' for name, part in parts.items()) + "\n}\n")


def lines(found):
    """Return a dict as JSON, an entry a line."""
    return "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in found.items()) + "\n}"


def opened(paths):
    """Return name -> (path or None, samples, rate) of the demo song and of these files; raises InputError."""
    songs = {"demo song": (None, demo_song(), 44100)}
    for path in paths:
        samples, rate = read(path)
        if path.stem in (*songs, ARTIST):
            raise InputError(f"two songs are called {path.stem}: rename one of them")
        if samples.shape[1] != 2 or len(samples) < 2 * SEGMENT:
            raise InputError(
                f"{path} has {samples.shape[1]} channels and {len(samples)} samples: give stereo, {2 * SEGMENT} or more"
            )
        if not samples.any():
            raise InputError(f"{path} is silent, so there is nothing to measure: give a song with sound")
        songs[path.stem] = path.resolve(), samples, rate
    return songs


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("songs", nargs="*", type=Path, metavar="SONG", help="a stereo sound file")
    parser.add_argument("--quick", action="store_true", help="one seed, the demo song alone, to claims-quick.md")
    options = parser.parse_args(arguments)
    path = FOLDER / ("claims-quick.json" if options.quick else "claims.json")
    songs = opened([] if options.quick else options.songs)
    write_text(path.with_suffix(".md"), page(measure(songs, options.quick, path), options.quick))
    print(path.with_suffix(".md"))
    return DONE


if __name__ == "__main__":
    sys.exit(run(main))
