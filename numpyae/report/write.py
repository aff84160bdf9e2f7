"""Write a run's report into its folder: sounds, animations, pictures, and the page that holds them all."""
from numpyae.atomic import atomic, write_text
from numpyae.report.animation import save_animation
from numpyae.report.figures import atoms_figure, loss_figure, png, spectrum_figure, stereo_figure
from numpyae.report.page import animation_file, page, still_file
from numpyae.report.sounds import flacs, write_sounds

FIGURES = {
    "loss.png": loss_figure, "stereo.png": stereo_figure, "spectrum.png": spectrum_figure,
    "atoms.png": atoms_figure,
}


def report_files(channels, animations):
    """Return the names of the files that make up a report with these animations."""
    gifs = [animation_file(name) for name in animations]
    return ["original.wav", "reconstruction.wav", *gifs, *_pictures(channels), "report.html"]


def _pictures(channels):
    return [name for name in FIGURES if channels == 2 or name != "stereo.png"]


def write_report(folder, facts):
    """Write everything that the Facts show into the folder; each file whole or not at all."""
    write_sounds(folder, facts)
    files, notes = flacs(facts)
    for name, animation in facts.animations.items():
        path = folder / animation_file(name)
        files[still_file(name)] = save_animation(path, animation.original, animation.frames, facts.rate)
        files[path.name] = path.read_bytes()
    for name in _pictures(facts.config["channels"]):
        files[name] = png(FIGURES[name](facts))
        with atomic(folder / name) as temporary:
            temporary.write_bytes(files[name])
    write_text(folder / "report.html", page(facts, files, notes))
