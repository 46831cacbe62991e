/**
 * A slider shows the box's value unless a finger, a key or an answer on its way says otherwise (`wanted`).
 * `live` ones tell the box while they are dragged, the others when they are let go; none more than once per `gap` ms.
 * `send(value, done)` calls `done` when the box has answered; `draw()` draws the slider and what goes with it.
 */
export function slider(input, { live, gap, send, draw }) {
  let held = false, unsent = false, asked = 0, lastSent = -Infinity, timer = 0;
  const self = { wanted: null, want, forget };

  function want(value) {
    self.wanted = value;
    unsent = true;
    draw();
    if ((live || !held) && !timer) timer = setTimeout(ask, Math.max(0, lastSent + gap - performance.now()));
  }
  function ask() {
    clearTimeout(timer);
    timer = 0;
    if (!unsent) return;
    unsent = false;
    lastSent = performance.now();
    const number = ++asked;
    send(self.wanted, () => number === asked && settle());
  }
  /** The state that follows an answer may arrive a moment after it. */
  function settle() {
    const number = asked;
    setTimeout(() => number === asked && !held && !unsent && forget(), 250);
  }
  function forget() {
    clearTimeout(timer);
    timer = 0;
    unsent = false;
    self.wanted = null;
    draw();
  }
  function release({ type }) {
    if (!held) return;
    held = false;
    if (type === "pointercancel" && !live) return forget();
    if (unsent) ask();
    else if (self.wanted !== null) settle();
  }
  input.addEventListener("pointerdown", () => held = true);
  input.addEventListener("input", () => want(Number(input.value)));
  input.addEventListener("change", () => {
    held = false;  // some browsers keep the end of a native drag to themselves
    ask();
  });
  addEventListener("pointerup", release);
  addEventListener("pointercancel", release);
  return self;
}

/** Colours the bar up to the knob, where the browser does not do it by itself. */
export function fill(input) {
  input.style.setProperty("--fill", `${(100 * input.value / (input.max || 1)).toFixed(2)}%`);
}
