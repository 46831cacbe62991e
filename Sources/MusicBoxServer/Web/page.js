import { adding } from "./adding.js";
import { fill, slider } from "./slider.js";
import { connect } from "./socket.js";
import { count, sentence, span, time } from "./text.js";

async function api(path, body) {
  const headers = { "Content-Type": "application/json" };
  const request = body && { method: "POST", headers, body: JSON.stringify(body) };
  let response, reply;
  try {
    response = await fetch(`/api/${path}`, request);
    reply = await response.json();
  } catch {
    throw new Error("The box is not reachable.");
  }
  if (!response.ok) throw new Error(reply.message);
  return reply.data;
}

// ---------------------------------------------------------------- What the box says

const $ = (id) => document.getElementById(id);
let player = null;                // PlayerState
let playlists = new Map();        // PlaylistLite by id, in the box's order
let lying = null;                 // the tag on the virtual reader
let stranger = null;              // an unknown tag that was scanned
const newest = new Map();         // server_seq by event name, of this connection

const heard = {
  "state:player"(data) {
    if (data.active_track_id !== player?.active_track_id) seek.forget();
    player = data;
    setClock(data.position_ms, data.is_playing, true);
    showPlayer();
    markCards();
  },
  "state:track_position"(data, seq) {
    // Positions may be overtaken by the state that ended them.
    if (!player || seq < newest.get("state:player") || data.track_id !== player.active_track_id) return;
    if (data.duration_ms && data.duration_ms !== player.duration_ms) {
      player.duration_ms = data.duration_ms;  // of a stream, or a file whose length only shows while it plays
      $("seek").disabled = false;
    }
    setClock(data.position_ms, data.is_playing, false);
  },
  "state:volume_changed"(data) {
    if (!player) return;
    Object.assign(player, data);
    showVolume();
  },
  "state:playlists"(data) {
    playlists = new Map(data.playlists.map((playlist) => [playlist.id, playlist]));
    showPlaylists();
  },
  "state:playlist_created": changedPlaylist,
  "state:playlist_updated": changedPlaylist,
  "state:playlist_deleted"(data) {
    playlists.delete(data.playlist_id);
    showPlaylists();
  },
  nfc_tag_scanned(data) {
    lying = data.tag_id;
    if (!data.known) stranger = data.tag_id;
    else if (stranger === data.tag_id) stranger = null;
    showStranger();
    markTags();
  },
  health_status: showHealth,
};

function changedPlaylist(data) {
  if (!data.playlist) return;
  playlists.set(data.playlist_id, data.playlist);
  showPlaylists();
}

const origin = location.origin.replace(/^http/, "ws");
const link = connect(`${origin}/socket.io/?EIO=4&transport=websocket`, {
  up() {
    newest.clear();
    document.body.classList.remove("away");
    rest("", 0);
    link.send("join:playlists");
    link.send("join:nfc");
    link.send("health_check");
    learnAbilities();
  },
  down() {
    if (clock.runs) setClock(clockNow(), false, true);
    if (document.body.classList.contains("away")) return;
    document.body.classList.add("away");
    // A box that restarts is back before anybody has read a complaint.
    rest("The box is not reachable. Still looking for it…", 1500);
  },
  event(name, payload) {
    if (!name.startsWith("state:")) return heard[name]?.(payload);
    if (payload.server_seq < newest.get(name)) return;
    newest.set(name, payload.server_seq);
    heard[name]?.(payload.data, payload.server_seq);
  },
});

function command(name, payload, done = () => {}) {
  link.send(name, payload, (reply) => {
    if (reply.status !== "success") toast(sentence(reply.message || "That did not work."));
    done();
  });
}

async function learnAbilities() {
  try {
    const { capabilities } = await api("system/info");
    shelf.allow(capabilities?.upload_extensions ?? []);
    $("workbench").hidden = !capabilities?.developer_page;
    if ($("workbench").hidden) return;
    lying = (await api("nfc/status")).present_tag ?? null;
    showTags();
  } catch {
    // Without an answer the page stays as it is; the next connection asks again.
  }
}

// ---------------------------------------------------------------- The clock between two positions

const clock = { ms: 0, at: 0, runs: false };
let frame = 0;

/** Exact positions (a seek, a new track) are taken as they are; small corrections blend in: no second shows twice. */
function setClock(ms, runs, exact) {
  const shown = clockNow();
  const error = ms - shown;
  clock.ms = !exact && runs && clock.runs && Math.abs(error) < 200 ? shown + error / 4 : ms;
  clock.at = performance.now();
  clock.runs = runs;
  if (!frame) frame = requestAnimationFrame(tick);
}

/** Runs on for a second and a half without news, not longer: a silent box may have stopped. */
function clockNow() {
  const ms = clock.ms + (clock.runs ? Math.min(performance.now() - clock.at, 1500) : 0);
  return Math.max(0, Math.min(ms, player?.duration_ms ?? Infinity));
}

let drawn = "";
function tick() {
  frame = clock.runs ? requestAnimationFrame(tick) : 0;
  const duration = player?.duration_ms ?? 0;
  const ms = Math.min(seek.wanted ?? clockNow(), duration || Infinity);
  // Twenty draws per second at most, and fewer in long tracks, where the knob moves less than half a pixel in between.
  const key = `${duration}/${Math.floor(ms / Math.max(50, duration / 800))}/${Math.floor(ms / 1000)}`;
  if (key === drawn) return;
  drawn = key;
  if (duration) $("seek").max = duration;
  $("seek").value = duration ? ms : 0;
  fill($("seek"));
  write("elapsed", time(ms));
  write("duration", duration ? time(duration) : "");
}

// ---------------------------------------------------------------- Sliders

const seek = slider($("seek"), {
  live: false, gap: 300,
  send: (ms, done) => command("player:seek", { position_ms: Math.round(ms) }, done),
  draw() {
    drawn = "";
    if (!frame) frame = requestAnimationFrame(tick);
    sayPosition();
  },
});
const volume = slider($("volume"), {
  live: true, gap: 100,
  // Whoever moves the slider wants to hear it.
  send: (value, done) => command("player:volume", { volume: value, ...(player?.muted && { muted: false }) }, done),
  draw: showVolume,
});

// With step "any" the keys would move by a fraction of a percent of a track, whatever its length.
const strides = {
  ArrowLeft: -5000, ArrowDown: -5000, PageDown: -30000,
  ArrowRight: 5000, ArrowUp: 5000, PageUp: 30000,
};
$("seek").addEventListener("keydown", (key) => {
  const stride = strides[key.key];
  if (!stride || !player?.duration_ms) return;
  key.preventDefault();
  seek.want(Math.max(0, Math.min((seek.wanted ?? clockNow()) + stride, player.duration_ms)));
});
$("seek").addEventListener("focus", sayPosition);

/** Only when asked for: a screen reader must not count seconds aloud. */
function sayPosition() {
  $("seek").setAttribute("aria-valuetext", `${time(seek.wanted ?? clockNow())} of ${time(player?.duration_ms ?? 0)}`);
}

// ---------------------------------------------------------------- Player

const sounds = () => player?.state === "playing" || player?.state === "loading";

function showPlayer() {
  const track = player.active_track_title || player.active_track?.filename || "";
  const there = Boolean(player.active_track_id);
  document.body.dataset.state = player.state;
  write("title", there ? track : "Ready to play");
  write("where", there ? whereabouts() : "Put a figure on the box, or choose a playlist.");
  write("artist", player.active_track?.artist || "");
  $("artist").hidden = !player.active_track?.artist;
  document.title = there && player.state !== "stopped" ? track : "Musicbox";
  write("mini-name", track);
  for (const id of ["play-button", "mini-play"]) {
    icon($(id), sounds() ? "pause" : "play");
    $(id).setAttribute("aria-label", sounds() ? "Pause" : "Play");
  }
  able("play-button", there);
  able("mini-play", there);
  able("previous-button", there);  // on the first track it goes back to its start
  able("next-button", player.can_next);
  able("stop-button", sounds() || player.state === "paused");
  $("seek").disabled = !there || !player.duration_ms;
  drawn = "";
  if (document.activeElement !== $("seek")) sayPosition();
  showVolume();
  showMini();
  $("complaint").hidden = !player.error_message;
  write("complaint", player.error_message ? sentence(player.error_message) : "");
}

function whereabouts() {
  const { active_track_number: number, track_count: all } = player;
  const parts = [player.active_playlist_title];
  if (all > 1 && number) parts.push(`${number} of ${all}`);
  if (player.state === "paused" || player.state === "stopped") parts.push(player.state);
  return parts.filter(Boolean).join(" · ");
}

function showVolume() {
  if (!player) return;
  const muted = player.muted && volume.wanted === null;
  able("mute-button", true);
  $("volume").disabled = false;
  $("volume").value = volume.wanted ?? player.volume;
  fill($("volume"));
  write("loudness", muted ? "muted" : `${$("volume").value}\u00a0%`);
  $("volume-row").classList.toggle("muted", muted);
  $("mute-button").setAttribute("aria-pressed", String(muted));
  icon($("mute-button"), muted ? "mute" : "loud");
}

/** Says what it wants instead of "toggle": of two thumbs at the same moment neither undoes the other. */
function playOrPause() {
  command(sounds() ? "player:pause" : "player:play");
}
press("play-button", playOrPause);
press("mini-play", playOrPause);
press("previous-button", () => command("player:previous"));
press("next-button", () => command("player:next"));
press("stop-button", () => command("player:stop"));
press("mute-button", () => command("player:volume", { volume: player.volume, muted: !player.muted }));
press("mini-title", () => {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  scrollTo({ top: 0, behavior: calm ? "auto" : "smooth" });
});

let playerInView = true;
new IntersectionObserver(([entry]) => {
  playerInView = entry.isIntersecting;
  showMini();
}).observe($("play-button"));

function showMini() {
  $("mini").hidden = playerInView || !player?.active_track_id;
}

// ---------------------------------------------------------------- Playlists

const cards = new Map();  // by playlist id

function showPlaylists() {
  for (const [id, card] of cards) {
    if (playlists.has(id)) continue;
    card.item.remove();
    cards.delete(id);
  }
  let index = 0;
  for (const playlist of playlists.values()) {
    if (!cards.has(playlist.id)) cards.set(playlist.id, newCard(playlist.id));
    const { item, name, size } = cards.get(playlist.id);
    setText(name, playlist.title);
    const lasts = playlist.total_duration_ms;
    setText(size, count(playlist.track_count) + (lasts ? `, ${span(lasts)}` : ""));
    // Only cards out of place move: one that moves loses the focus.
    const here = $("cards").children[index++];
    if (here !== item) $("cards").insertBefore(item, here ?? null);
  }
  $("filter").hidden = playlists.size <= 12;
  filterCards();
  markCards();
  showTags();
  showStranger();
  shelf.refresh();
}

const shelf = adding({ playlists: () => playlists, toast });

function newCard(id) {
  const [item, button, sign, name, size, mark] = elements("li", "button", "span", "span", "span", "span");
  const number = blend(id);
  sign.className = "sign";
  sign.style.background = `var(--tone-${number % 6})`;
  sign.style.color = `var(--sign-${number % 6})`;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS("http://www.w3.org/2000/svg", "use"));
  sign.append(svg);
  icon(sign, `sign-${Math.floor(number / 6) % 8}`);
  button.className = "card";
  name.className = "name";
  name.dir = "auto";
  size.className = "soft";
  mark.className = "mark";
  mark.hidden = true;
  button.append(sign, name, size, mark);
  button.addEventListener("click", () => choose(id));
  item.append(button);
  return { item, button, name, size, mark };
}

/** A playlist keeps its sign and colour for life, on every phone: a number made of its id (FNV-1a, then mixed). */
function blend(id) {
  let hash = 2166136261;
  for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 16777619);
  hash = Math.imul(hash ^ (hash >>> 16), 2246822507);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** The card of what plays pauses and goes on; any other starts its playlist. */
function choose(id) {
  const active = player?.active_playlist_id === id;
  if (active && sounds()) command("player:pause");
  else if (active && player.state === "paused") command("player:play");
  else command("player:start", { playlist_id: id });
}

function markCards() {
  for (const [id, { button, mark }] of cards) {
    const active = player?.active_playlist_id === id && (sounds() || player.state === "paused");
    mark.hidden = !active;
    setText(mark, active ? (sounds() ? "Playing" : "Paused") : "");
    if (active) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

function filterCards() {
  const wanted = $("filter").hidden ? "" : $("filter").value.trim().toLocaleLowerCase();
  let shown = 0;
  for (const [id, { item }] of cards) {
    item.hidden = !playlists.get(id).title.toLocaleLowerCase().includes(wanted);
    if (!item.hidden) shown++;
  }
  $("empty").hidden = shown > 0;
  const howTo = "No playlists yet. Add music from this phone, or on a computer with musicboxctl import FOLDER.";
  write("empty", playlists.size ? "No playlist is called that." : howTo);
}
$("filter").addEventListener("input", filterCards);

// ---------------------------------------------------------------- Tags

function showTags() {
  if ($("workbench").hidden) return;
  const buttons = [];
  for (const playlist of playlists.values()) {
    for (const tag of playlist.nfc_tag_ids ?? []) {
      const [button, name, code] = elements("button", "span", "code");
      button.className = "pill";
      button.dataset.tag = tag;
      name.className = "name";
      name.dir = "auto";
      name.textContent = playlist.title;
      code.textContent = tag;
      button.append(name, code);
      button.addEventListener("click", () => tap(tag));
      buttons.push(button);
    }
  }
  const focused = document.activeElement?.dataset.tag;
  $("tags").replaceChildren(...buttons);
  $("tags").hidden = !buttons.length;
  if (focused) buttons.find((button) => button.dataset.tag === focused)?.focus();
  markTags();
}

function markTags() {
  for (const button of $("tags").children) button.setAttribute("aria-pressed", String(button.dataset.tag === lying));
}

async function tap(tag) {
  try {
    await api("nfc/tap", { tag_id: tag });
  } catch (error) {
    toast(sentence(error.message));
  }
}

$("tap-form").addEventListener("submit", (submit) => {
  submit.preventDefault();
  tap($("uid").value.trim());
});
press("lift", async () => {
  try {
    await api("nfc/remove", {});
  } catch (error) {
    toast(sentence(error.message));
  }
  lying = null;
  markTags();
});

function showStranger() {
  const bound = stranger && [...playlists.values()].some((playlist) => playlist.nfc_tag_ids?.includes(stranger));
  if (bound) stranger = null;
  $("stranger").hidden = !stranger;
  write("announcement", stranger ? `The tag ${stranger} has no playlist yet.` : "");
  if (!stranger) return;
  write("stranger-tag", stranger);
  const choice = $("stranger-playlist");
  const chosen = choice.value;
  choice.replaceChildren(...[...playlists.values()].map((playlist) => new Option(playlist.title, playlist.id)));
  if (playlists.has(chosen)) choice.value = chosen;
  choice.hidden = $("stranger-bind").hidden = !playlists.size;
}

$("stranger-form").addEventListener("submit", async (submit) => {
  submit.preventDefault();
  const [tag, id] = [stranger, $("stranger-playlist").value];
  if (!tag || !id) return;
  try {
    await api("nfc/associate", { tag_id: tag, playlist_id: id });
    if (stranger === tag) stranger = null;
    showStranger();
    toast(`From now on this tag plays “${playlists.get(id)?.title ?? ""}”.`);
  } catch (error) {
    toast(sentence(error.message));
  }
});
press("stranger-dismiss", () => {
  stranger = null;
  showStranger();
});

// ---------------------------------------------------------------- Words

/** What the failing of a part means for people, in the order of what they notice first. */
const symptoms = {
  audio: "nothing can be heard",
  nfc: "figures are not noticed",
  database: "playlists cannot be used",
  storage: "nothing new can be stored",
};

/** The parts that fail, in one line that opens to say why. */
function showHealth({ components: parts }) {
  const names = [...new Set([...Object.keys(symptoms), ...Object.keys(parts)])];
  const unwell = names.filter((name) => parts[name] && parts[name].status !== "healthy");
  $("unwell").hidden = !unwell.length;
  write("symptoms", unwell.length ? sentence(unwell.map((name) => symptoms[name] ?? name).join(", ")) : "");
  $("causes").replaceChildren(...unwell.map((name) => {
    const [cause] = elements("p");
    cause.textContent = sentence(parts[name].message ?? name);
    return cause;
  }));
}

let resting = "";  // what is said when nothing else is
let toastTimer = 0;

/** Says something for a few seconds, then what it said before. */
function toast(text) {
  clearTimeout(toastTimer);
  write("toast", text);
  toastTimer = setTimeout(() => write("toast", resting), 6000);
}

/** Says something until further notice, after `delay` ms. */
function rest(text, delay) {
  clearTimeout(toastTimer);
  resting = text;
  toastTimer = setTimeout(() => write("toast", resting), delay);
}

// ---------------------------------------------------------------- Elements

/** Text only, ever: titles come out of other people's files. Unchanged text is not written, or it is read out twice. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
function write(id, text) {
  setText($(id), text);
}

function elements(...names) {
  return names.map((name) => document.createElement(name));
}

function icon(element, name) {
  element.querySelector("use").setAttribute("href", `#${name}`);
}

/** Not `disabled`, which would take the focus away under somebody's finger. */
function able(id, is) {
  $(id).setAttribute("aria-disabled", String(!is));
}

function press(id, action) {
  $(id).addEventListener("click", (click) => click.currentTarget.getAttribute("aria-disabled") === "true" || action());
}
