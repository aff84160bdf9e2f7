const find = id => document.getElementById(id);
const play = find("play"), place = find("place"), time = find("time"), loop = find("loop");
const choices = [...document.querySelectorAll("[name=sound]")];
const STEP = 5; // seconds, of an arrow key
const SOON = 0.05; // seconds until the sounds begin, which is enough to start all three
const RAMP = 0.003; // seconds that a switch to another sound takes, so that it does not click

// The three sounds always play at once, on one clock; the gain of the chosen one is 1, that of the others 0.
function startPlayer(context, buffers) {
  const duration = buffers[0].duration;
  const level = i => choices[i].checked ? 1 : 0;
  const gains = buffers.map((_, i) => new GainNode(context, { gain: level(i) }));
  gains.forEach(gain => gain.connect(context.destination));
  let sources = []; // empty while it rests
  let start = 0; // the time of the clock when position 0 is, or would have been, played
  let rest = 0; // the position in seconds where it rests, or where it last began
  let frame;

  const playing = () => sources.length > 0;
  const position = () => playing() ? Math.max(rest, context.currentTime - start) % duration : rest;

  function begin() {
    context.resume(); // a browser allows it once the page was clicked or a key pressed
    rest %= duration; // from the end it begins again
    const when = context.currentTime + SOON;
    start = when - rest;
    sources = buffers.map((buffer, i) => {
      const source = new AudioBufferSourceNode(context, { buffer, loop: loop.checked });
      source.connect(gains[i]);
      source.start(when, rest);
      return source;
    });
    sources[0].onended = () => { halt(); moveTo(0); };
    show();
  }

  function halt() {
    rest = position();
    sources.forEach(source => { source.onended = null; source.stop(); });
    sources = [];
  }

  function moveTo(seconds) {
    const wasPlaying = playing();
    halt();
    rest = Math.min(Math.max(0, seconds), duration);
    if (wasPlaying && rest < duration) begin();
    show();
  }

  function show() {
    cancelAnimationFrame(frame);
    if (playing()) frame = requestAnimationFrame(show);
    place.value = position();
    const label = playing() ? "Pause" : "Play", text = `${clock(position())} / ${clock(duration)}`;
    if (play.textContent !== label) play.textContent = label;
    if (time.textContent === text) return;
    time.textContent = text;
    place.setAttribute("aria-valuetext", text.replace("/", "of"));
  }

  function toggle() {
    if (!playing()) return begin();
    halt();
    show();
  }

  play.addEventListener("click", toggle);
  place.addEventListener("input", () => moveTo(Number(place.value)));
  loop.addEventListener("change", () => sources.forEach(source => { source.loop = loop.checked; }));
  choices.forEach(choice => choice.addEventListener("change", () => {
    gains.forEach((gain, i) => gain.gain.setTargetAtTime(level(i), context.currentTime, RAMP));
  }));
  const keys = {
    " ": toggle, ArrowLeft: () => moveTo(position() - STEP), ArrowRight: () => moveTo(position() + STEP),
    1: () => choices[0].click(), 2: () => choices[1].click(), 3: () => choices[2].click(),
  };
  // these controls go on using their own keys
  const theirs = { button: [" "], checkbox: [" "], radio: ["ArrowLeft", "ArrowRight"] };
  document.addEventListener("keydown", event => {
    const { key, target, repeat, ctrlKey, altKey, metaKey } = event;
    if (ctrlKey || altKey || metaKey || !keys[key] || theirs[target.type]?.includes(key)) return;
    event.preventDefault();
    if (!(repeat && key === " ")) keys[key]();
  });
  // After a click by mouse or finger (detail counts them; 0 is a key) the keys are the player's again.
  document.addEventListener("click", ({ detail }) => {
    if (detail) requestAnimationFrame(() => document.activeElement?.blur());
  });
  place.max = duration;
  show();
}

function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}

function newContext(sampleRate) {
  try {
    return new AudioContext({ sampleRate }); // the sound's own, so that nothing is resampled here
  } catch {
    return new AudioContext();
  }
}

async function decode(context, audio) {
  const letters = atob(audio.getAttribute("src").split(",")[1]); // a local page may not load even its own data
  return context.decodeAudioData(Uint8Array.from(letters, letter => letter.charCodeAt(0)).buffer);
}

function difference(original, reconstruction) {
  const buffer = new AudioBuffer(original); // as long, and of as many channels, but empty
  for (let channel = 0; channel < buffer.numberOfChannels; channel++) {
    const other = reconstruction.getChannelData(channel);
    buffer.copyToChannel(original.getChannelData(channel).map((value, i) => value - other[i]), channel);
  }
  return buffer;
}

async function loadSounds() {
  const sounds = find("sounds"), both = [...sounds.querySelectorAll("audio")];
  if (both.length < 2) return;
  sounds.hidden = true;
  try {
    const context = newContext(Number(find("player").dataset.rate));
    const [original, reconstruction] = await Promise.all(both.map(audio => decode(context, audio)));
    startPlayer(context, [original, reconstruction, difference(original, reconstruction)]);
    find("player").hidden = false;
  } catch {
    find("unplayable").hidden = sounds.hidden = false; // without the player there are still the browser's own
  }
}

// An animation rests as a still picture. Until its button is pressed, the reader's settings decide.
for (const button of document.querySelectorAll(".motion")) {
  const still = button.parentElement.querySelector("source");
  const resting = () => matchMedia(still.media).matches;
  const label = () => { button.textContent = `${resting() ? "Play" : "Pause"} the animation`; };
  button.addEventListener("click", () => { still.media = resting() ? "not all" : "all"; label(); });
  matchMedia(still.media).addEventListener("change", label);
  button.hidden = false;
  label();
}

loadSounds();
