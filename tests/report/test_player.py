"""The page's player in real browsers: what is pressed, and what comes out. `pytest -m browser`"""
import functools
import http.server
import json
import queue
import shutil
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest
import scipy.signal
from example_facts import example_facts, example_files

from numpyae.report.page import page
from numpyae.report.sounds import flacs

pytestmark = pytest.mark.browser

RATE, SECONDS = 16000, 0.5
LOW, HIGH = 500, 4000  # Hz, from where the original and the reconstruction rise
RISE = 2000  # Hz, so that what is heard tells where in the sound it is
WINDOW = 512 / RATE  # seconds that the ear hears at once
EAR = """<script>
window.AudioContext = class extends AudioContext {
  constructor(options) {
    super(options);
    this.ear = new AnalyserNode(this, { fftSize: 512, smoothingTimeConstant: 0 });
    this.ear.connect(super.destination);
    window.context = this;
  }
  get destination() { return this.ear; }
};
const reducedMotion = Object.assign(new EventTarget(), { matches: false }); // as if the reader switched it
window.matchMedia = (match => media => media.includes("motion") ? reducedMotion : match(media))(matchMedia);
</script>
"""
NAMES = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"), "firefox": ("firefox", "firefox-esr"),
}
CHROMIUM = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
]
FIREFOX = """
user_pref("media.autoplay.default", 0);
user_pref("media.autoplay.blocking_policy", 0);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
"""


def command_of(browser, folder, url):
    """Return the command that opens a page without a window, with nothing of the user's."""
    program = next(filter(None, map(shutil.which, NAMES[browser])), None)
    if not program:
        pytest.skip(f"needs {browser}, which is not installed")
    if browser == "chromium":
        return [program, *CHROMIUM, f"--user-data-dir={folder}", url]
    folder.mkdir()
    (folder / "user.js").write_text(FIREFOX, encoding="utf-8")
    return [program, "--headless", "--no-remote", "--profile", str(folder), url]


class Receiver(http.server.BaseHTTPRequestHandler):
    """Puts what a page posts into a queue."""

    def __init__(self, received, *arguments):
        self.received = received
        super().__init__(*arguments)

    def do_POST(self):
        self.received.put(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def findings_of(browser, folder, text):
    """Open a page in a browser from its file, drive it by player.js, and return what that reports."""
    received = queue.Queue()
    with http.server.HTTPServer(("127.0.0.1", 0), functools.partial(Receiver, received)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        driver = Path(__file__).with_name("player.js").read_text(encoding="utf-8")
        driver = driver.replace("REPORT_TO", json.dumps(f"http://127.0.0.1:{server.server_port}/"))
        text = text.replace("<head>", "<head>" + EAR)
        text = text.replace("</body>", f"<script>{{{driver}}}</script></body>")
        (folder / "report.html").write_text(text, encoding="utf-8")
        command = command_of(browser, folder / "profile", (folder / "report.html").as_uri())
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            findings = json.loads(received.get(timeout=180))
        finally:
            process.terminate()
            process.wait()
            server.shutdown()
    assert "error" not in findings, findings["error"]
    return findings


def rising(start):
    """Return a tone that rises steadily: (time, channels)."""
    time = np.arange(int(SECONDS * RATE)) / RATE
    sound = 0.4 * scipy.signal.chirp(time, start, SECONDS, start + RISE)
    return np.repeat(sound[:, np.newaxis], 2, axis=1)


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def browser(request):
    return request.param


@pytest.fixture(scope="module")
def findings(browser, tmp_path_factory):
    """What a browser was seen and heard to do with a page of two rising tones, a low and a high one."""
    facts = example_facts(rate=RATE, original=rising(LOW), reconstruction=rising(HIGH))
    sounds, notes = flacs(facts)
    text = page(facts, {**example_files(facts), **sounds}, notes)
    findings = findings_of(browser, tmp_path_factory.mktemp(browser), text)
    if not findings["canPlay"]:
        pytest.skip(f"{browser} finds no sound device: pulseaudio --start makes one where there is none")
    return findings


def heard(moment):
    """Return which sound is heard, by its tones; one that is 20 dB softer than the other does not count."""
    low, high = moment["low"]["power"], moment["high"]["power"]
    if max(low, high) < 1e-6:
        return "nothing"
    if min(low, high) > 0.01 * max(low, high):
        return "difference" if 0.1 < low / high < 10 else "a mixture"
    return "original" if low > high else "reconstruction"


def delays(moment):
    """Return by how many seconds each tone that is heard is later than the page says."""
    tones = {"original": [("low", LOW)], "reconstruction": [("high", HIGH)]}
    for name, start in tones.get(moment["chosen"], [("low", LOW), ("high", HIGH)]):
        middle = (moment[name]["frequency"] - start) / RISE * SECONDS
        yield moment["at"] - (middle + WINDOW / 2)


def can_be_judged(moment):
    """Return whether all that the ear hears at once is of one pass through the sound."""
    return moment["playing"] and 0.06 < moment["at"] < SECONDS - 0.02


def test_the_player_replaces_the_browsers_own(findings):
    assert findings["visible"] == ["player"]
    assert findings["time"] == ["0:00 / 0:00", "0:00 of 0:00"]


def test_of_20_plays_to_the_end_all_are_heard_and_end_at_the_start(findings):
    assert len(findings["plays"]) == 20 and {play["chosen"] for play in findings["plays"]} == {
        "original", "reconstruction", "difference"
    }
    for play in findings["plays"]:
        assert heard(play) == play["chosen"] and play["ended"] and play["rest"] == 0, play


def test_whatever_is_pressed_the_chosen_sound_is_heard_and_no_other(findings):
    moments = [moment for moment in findings["actions"] if can_be_judged(moment)]
    assert len(moments) > 20
    for moment in moments:
        assert heard(moment) == moment["chosen"], moment


def test_after_a_pause_it_goes_on_where_it_was(findings):
    assert len(findings["pauses"]) == 5
    for before, meanwhile, after in findings["pauses"]:
        assert 0.1 < before <= meanwhile <= after + 1e-9 and after - before < 0.05


def test_in_a_loop_it_plays_beyond_the_end_until_the_loop_is_off(findings):
    moment = findings["loop"]
    assert moment["playing"] and heard(moment) == moment["chosen"] and moment["ended"]


def test_nothing_is_heard_at_rest(findings):
    moments = [moment for moment in findings["actions"] if not moment["playing"]]
    assert len(moments) > 5 and {heard(moment) for moment in moments} == {"nothing"}


def test_all_three_are_heard_where_the_page_says_within_50_milliseconds(findings):
    moments = [*filter(can_be_judged, findings["plays"] + findings["actions"])]
    late = [delay for moment in moments for delay in delays(moment)]
    assert max(late) - min(late) < 0.05 and max(map(abs, late)) < 0.05


def test_keys_work_everywhere_and_leave_to_the_controls_what_is_theirs(findings):
    for pressed, result in findings["keys"].items():
        control, key = pressed.split(" ", 1)
        own = {"button": [" "], "loop": [" "], "radio": ["ArrowLeft", "ArrowRight"]}.get(control, [])
        taken = key != "a" and key not in own
        assert result == [taken, taken and key == " "], pressed


def test_a_control_keeps_the_focus_if_a_key_clicked_it_and_not_if_the_mouse_did(findings):
    """So after the mouse the keys are the player's again."""
    assert [*findings["kept"]] == ["button", "radio", "loop", "label", "slider", "motion"]
    assert all(kept == [False, True] for kept in findings["kept"].values()), findings["kept"]


def test_an_animations_button_follows_the_readers_settings(findings):
    assert findings["motion"] == [f"{word} the animation" for word in ("Pause", "Play", "Pause")]


def test_where_the_sounds_cannot_be_played_a_sentence_says_so_and_the_browsers_own_players_stay(
    browser, tmp_path
):
    facts = example_facts(animations={})
    text = page(facts, {"original.flac": b"no sound", "reconstruction.flac": b"nor this"})
    assert findings_of(browser, tmp_path, text)["visible"] == ["unplayable", "sounds"]
