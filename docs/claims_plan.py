"""Which trainings docs/claims.py asks for, and how each is called in claims.json."""
FEATURES = (8, 16, 32, 64, 96, 128, 256)
FEW = (8, 4, 2, 1)
MIRRORED, CONTEXT = {"init": "mirrored"}, {"edges": "context"}
BOTH = {**MIRRORED, **CONTEXT}
BETTER = {
    "the post's": {}, "mirrored start": MIRRORED, "+ context": BOTH, "+ an Adam that forgets": {**BOTH, "adam": "both"},
    "+ windows that tile": {**BOTH, "adam": "both", "inner": "rotated"},
    "+ no ReLU that clips": {**BOTH, "adam": "both", "inner": "permuted"},
}
ARTIST = "another demo song"  # by the same code
DEFAULTS = {
    "change": "none", "init": "glorot", "inner": "as drawn", "edges": "same", "adam": "as published", "features": 64,
    "iterations": 150, "heard": None,
}


def name_of(settings):
    """Return the name of a training: its settings that are not the post's, and its seed."""
    changed = [f"{name}={settings[name]}" for name in DEFAULTS if settings.get(name, DEFAULTS[name]) != DEFAULTS[name]]
    return ", ".join([*changed, f"seed={settings['seed']}"])


def plan(songs, quick):
    """Yield (song, settings) of every training that the page asks for, the longest last."""
    for song in songs:
        for seed in range(1 if quick else 5):
            for settings in (*BETTER.values(), CONTEXT, {"change": "negated"}, {"change": "decorrelated"}):
                yield song, {**settings, "seed": seed}
            if song == songs[0]:
                for adam in ("short memory", "rate falls"):
                    yield song, {**BOTH, "adam": adam, "seed": seed}
        for change in ("white", "emphasised"):
            yield song, {"change": change, "seed": 0}
        for features in FEW:
            yield song, {**MIRRORED, "features": features, "seed": 0}
        for features in widths(quick):
            if features != DEFAULTS["features"]:
                yield song, {"features": features, "seed": 0}
        for heard in (*songs, *([ARTIST] if song == songs[0] else [])):
            if heard != song:
                yield song, {"heard": heard, "seed": 0}
    for song in songs[:2]:
        for features in long_widths(quick):
            yield song, {"features": features, "iterations": longest(features, quick), "seed": 0}
        for features in FEW:
            yield song, {**MIRRORED, "features": features, "iterations": longest(features, quick), "seed": 0}


def widths(quick):
    return FEATURES[:4] if quick else FEATURES


def long_widths(quick):
    return (64,) if quick else FEATURES


def longest(features, quick):
    return 300 if quick else 3000 if features < 128 else 1500
