"""Write a run's report into its folder: sounds, animations, pictures, and the page that shows them."""
from numpyae.atomic import atomic, write_text
from numpyae.audio import write
from numpyae.report.animation import save_animation
from numpyae.report.figures import atoms_figure, loss_figure, spectrum_figure, stereo_figure
from numpyae.report.page import animation_file, page


def write_report(folder, facts):
    """Write everything that the Facts show into the folder; each file whole or not at all.

    Sounds are 32-bit float, so that nothing is rounded or clipped and all three are at the same level.
    """
    for name in ("original", "reconstruction", "difference"):
        write(folder / f"{name}.wav", getattr(facts, name), facts.rate, subtype="FLOAT")
    for name, animation in facts.animations.items():
        save_animation(folder / animation_file(name), animation.original, animation.frames, facts.rate)
    figures = {"loss": loss_figure, "spectrum": spectrum_figure, "atoms": atoms_figure}
    if facts.config["channels"] == 2:
        figures["stereo"] = stereo_figure
    for name, draw in figures.items():
        with atomic(folder / f"{name}.png") as temporary:
            draw(facts).savefig(temporary, format="png")
    write_text(folder / "report.html", page(facts))
