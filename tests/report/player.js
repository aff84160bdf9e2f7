// Press what a listener would press, listen to what the player sends out, and report it all to the test.
const button = document.getElementById("play"), slider = document.getElementById("place");
const radios = [...document.querySelectorAll("[name=sound]")];
const findings = { plays: [], actions: [], pauses: [], keys: {} };
const wait = milliseconds => new Promise(done => setTimeout(done, milliseconds));
const NativeContext = Object.getPrototypeOf(AudioContext); // the one that can be listened to is derived from it
const playing = () => button.textContent === "Pause";
const choose = index => radios[index].click();
let state = 1; // of Lehmer's generator: every time the same random numbers
const random = () => (state = 48271 * state % 2147483647) / 2147483647;
const any = count => Math.floor(count * random());

async function until(condition) {
  for (let tries = 0; tries < 400 && !condition(); tries++) await wait(10);
}

function seek(part) {
  slider.value = part * slider.max;
  slider.dispatchEvent(new Event("input"));
}

function press(key, target = document.body) {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
  target.dispatchEvent(event);
  return event.defaultPrevented;
}

// Return the power of what is heard between two frequencies, and its mean frequency.
function hear(low, high) {
  const decibels = new Float32Array(context.ear.frequencyBinCount), hertz = context.sampleRate / context.ear.fftSize;
  context.ear.getFloatFrequencyData(decibels);
  let power = 0, sum = 0;
  decibels.forEach((level, bin) => {
    const here = bin * hertz >= low && bin * hertz <= high ? 10 ** (level / 10) : 0;
    power += here;
    sum += here * bin * hertz;
  });
  return { power, frequency: sum / power };
}

function moment(what) {
  return {
    what, playing: playing(), chosen: radios.find(radio => radio.checked).value, at: Number(slider.value),
    low: hear(300, 2700), high: hear(3800, 6200),
  };
}

// Wait until the player has moved on for a while, or has stopped, and say what is heard then.
async function listen(what) {
  const from = Number(slider.value);
  await until(() => !playing() || Math.abs(slider.value - from) > 0.12);
  if (!playing()) await wait(150);
  return moment(what);
}

async function playToTheEnd(index) {
  choose(index);
  button.click();
  const heard = await listen("play");
  await until(() => !playing());
  findings.plays.push({ ...heard, ended: !playing(), rest: Number(slider.value) });
}

// Pause in the middle, and go on: where is it before, meanwhile and after?
async function pauseAndGoOn() {
  button.click();
  await listen("play");
  const places = [Number(slider.value)];
  for (let click = 0; click < 2; click++) {
    button.click();
    places.push(Number(slider.value));
  }
  await until(() => !playing());
  findings.pauses.push(places);
}

// With loop on, play on beyond the end, and say what is heard then; with loop off again, say whether it ends.
async function playInALoop() {
  const loop = document.getElementById("loop");
  if (!loop.checked) loop.click();
  button.click();
  await listen("play");
  await wait(1000 * slider.max);
  findings.loop = await listen("loop");
  loop.click();
  await until(() => !playing());
  findings.loop.ended = !playing();
}

const ACTIONS = [
  ["click play or pause", () => button.click()],
  ["press space", () => press(" ")],
  ["seek", () => seek(0.7 * random())],
  ["press left", () => press("ArrowLeft")],
  ["switch", () => choose(any(3))],
  ["press 1, 2 or 3", () => press("123"[any(3)])],
  ["loop", () => document.getElementById("loop").click()],
];

async function pressAtRandom() {
  if (!playing()) button.click();
  for (let count = 0; count < 6; count++) {
    const [what, act] = ACTIONS[any(ACTIONS.length)];
    act();
    if (any(3)) findings.actions.push(await listen(what)); // else the next action follows at once
  }
  if (playing()) button.click();
}

// Return for each control and key whether the player takes the key, and whether it began to play or stopped.
function pressEverywhere() {
  const controls = { page: document.body, button, slider, radio: radios[0], loop: document.getElementById("loop") };
  for (const [name, target] of Object.entries(controls)) {
    for (const key of [" ", "ArrowLeft", "ArrowRight", "2", "a"]) {
      const before = playing();
      findings.keys[`${name} ${key}`] = [press(key, target), playing() !== before];
      if (playing()) button.click();
      seek(0);
    }
  }
}

// Return for each control that has the focus whether it keeps it after a click: of the mouse, and of a key.
async function clickEverywhere() {
  const loop = document.getElementById("loop"), motion = document.querySelector(".motion");
  const kept = {};
  for (const [name, control, clicked] of [
    ["button", button, button], ["radio", radios[0], radios[0]], ["loop", loop, loop],
    ["label", loop, loop.parentElement], ["slider", slider, slider], ["motion", motion, motion],
  ]) {
    kept[name] = [];
    for (const detail of [1, 0]) {
      control.focus();
      clicked.dispatchEvent(new MouseEvent("click", { detail, bubbles: true, cancelable: true }));
      await wait(100);
      kept[name].push(document.activeElement === control);
    }
  }
  return kept;
}

// Return what an animation's button says before and after the reader asks for less motion, and then for more.
function changeMotion() {
  const motion = document.querySelector(".motion");
  return [false, true, false].map(matches => {
    reducedMotion.matches = matches;
    reducedMotion.dispatchEvent(new Event("change"));
    return motion.textContent;
  });
}

(async () => {
  await until(() => !document.getElementById("player").hidden || !document.getElementById("unplayable").hidden);
  findings.visible = ["player", "unplayable", "sounds"].filter(id => !document.getElementById(id).hidden);
  findings.time = [document.getElementById("time").textContent, slider.getAttribute("aria-valuetext")];
  if (document.querySelector(".motion")) findings.motion = changeMotion();
  const silent = new NativeContext();
  silent.resume();
  await until(() => silent.state === "running");
  findings.canPlay = silent.state === "running";
  if (findings.canPlay && findings.visible.includes("player")) {
    for (let count = 0; count < 20; count++) await playToTheEnd(count < 3 ? count : any(3));
    for (let count = 0; count < 5; count++) await pauseAndGoOn();
    for (let count = 0; count < 20; count++) await pressAtRandom();
    await playInALoop();
    pressEverywhere();
    findings.kept = await clickEverywhere();
  }
})().catch(error => { findings.error = String(error); }).finally(() => {
  fetch(REPORT_TO, { method: "POST", mode: "no-cors", body: JSON.stringify(findings) });
});
