"""A run that cannot fit into memory is refused before anything is made, and one that can is not."""
import os
import re
import subprocess
import sys

import pytest

from numpyae import Run, Settings
from numpyae.errors import InputError
from numpyae.training import memory
from numpyae.training.memory import available_memory, least_bytes

SAMPLES = 529200  # of the demo song


@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize("settings, most", [
    (dict(kernel=10**6),
     "the windows of the convolutions: make kernel or hidden smaller, or stride larger"),
    (dict(hidden=10**5, features=10**5, batch_size=1),
     "the network: make kernel, hidden or features smaller"),
    (dict(batch_size=10**6), "the batch: make batch_size or segment smaller"),
    (dict(segment=400_000, batch_size=1), "the choice of segments to animate: make segment smaller"),
    (dict(features=10**5, hidden=1),
     "the drawings of the features: make features smaller, or do without the report"),
])
def test_a_run_that_cannot_fit_names_both_numbers_and_what_to_make_smaller(monkeypatch, settings, most):
    monkeypatch.setattr(memory, "available_memory", lambda: 8.1e9)
    words = (
        r"expected a run that fits into the free memory, 8\.1 GB, got one that needs at least ([\d.]+) GB, "
        rf"([\d.]+) of them for {re.escape(most)}$"
    )
    with pytest.raises(InputError, match=words) as refused:
        Run.begin("run", None, Settings(**settings))
    need, part = map(float, re.search(words, str(refused.value)).groups())
    assert need > 8.1 and 0 < part < need and not os.listdir()


def test_the_posts_run_fits_into_a_tenth_of_a_small_computer():
    network, uses = least_bytes(Settings(), 2, SAMPLES, report=True)
    assert network + max(uses.values()) < 0.1e9 < available_memory()


def test_without_a_report_its_drawings_need_no_memory():
    settings = Settings(features=3000)
    wanted, unwanted = (least_bytes(settings, 2, SAMPLES, report)[1] for report in (True, False))
    drawings, = [what for what in wanted if wanted[what] != unwanted[what]]
    assert drawings.startswith("the drawings") and unwanted[drawings] == 0


PEAK = """
import resource
from numpyae import Run, Settings
with Run.begin("run", None, Settings(iterations=1, {0})) as run:
    [*run.train()]
    run.finish()
print(1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems count the peak of memory in other units")
@pytest.mark.usefixtures("empty_folder")
@pytest.mark.parametrize("settings", [
    {}, dict(batch_size=10000), dict(kernel=200, batch_size=10), dict(segment=40000, batch_size=4),
    dict(hidden=400, features=400, batch_size=2), dict(features=2000, batch_size=10),
    dict(stride=1, kernel=64, batch_size=10),
], ids=str)
def test_a_run_needs_as_much_as_is_said_and_at_most_three_times_that(settings):
    words = ", ".join(f"{name}={value}" for name, value in settings.items())
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    python = [sys.executable, "-c", PEAK.format(words)]
    peak = int(subprocess.run(python, env=environment, check=True, capture_output=True).stdout)
    network, uses = least_bytes(Settings(**settings), 2, SAMPLES, report=True)
    least = memory.BASE + network + max(uses.values())
    assert 0.8 * least < peak < 3 * least, (peak, least, uses)
