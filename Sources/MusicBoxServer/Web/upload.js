/**
 * Music out of this browser's files into a playlist: what was chosen or dropped becomes batches, each batch a playlist,
 * each file an upload that outlasts a sleeping phone and a box that starts again.
 */

const order = new Intl.Collator(undefined, { numeric: true });
const extension = (name) => name.slice(name.lastIndexOf(".") + 1).toLowerCase();
const stem = (name) => name.replace(/\.[^.]*$/, "") || name;

/** What an `<input type="file">` holds: `[{ file, path }]`, a path within the chosen folder. */
export function chosen(input) {
  return [...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/** What was dropped, folders with all that is in them. To be called while the event is handled. */
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const found = [];
  for (const entry of entries) await walk(entry, entry.name, found);
  return found;
}

async function walk(entry, path, found) {
  if (entry.isFile) {
    found.push({ file: await new Promise((done, fail) => entry.file(done, fail)), path });
    return;
  }
  const reader = entry.createReader();
  // A reader gives a hundred at a time, and none at the end.
  for (;;) {
    const some = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (!some.length) return;
    for (const child of some) await walk(child, `${path}/${child.name}`, found);
  }
}

/**
 * One batch for each folder, one for each archive, one for all loose files: `[{ title, files, bytes }]`, files in the order
 * in which people count. What the box cannot play is left out.
 */
export function batches(found, extensions) {
  const groups = new Map();
  for (const { file, path } of found) {
    const parts = path.split("/");
    if (parts.some((part) => part.startsWith(".")) || !extensions.includes(extension(file.name))) continue;
    const isArchive = extension(file.name) === "zip";
    const key = isArchive ? `zip:${path}` : parts.length > 1 ? `folder:${parts[0]}` : "loose";
    if (!groups.has(key)) groups.set(key, { title: parts.length > 1 && !isArchive ? parts[0] : "", files: [], bytes: 0 });
    const group = groups.get(key);
    group.files.push({ file, path });
    group.bytes += file.size;
  }
  for (const group of groups.values()) {
    group.files.sort((one, other) => order.compare(one.path, other.path));
    group.title ||= group.files.length === 1 ? stem(group.files[0].file.name) : "New music";
  }
  return [...groups.values()];
}

/** A refusal of the box; `status` is HTTP's, absent when nobody answered. */
class Refusal extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
  /** Whether the same may work later. */
  get passes() {
    return !this.status || this.status === 429 || this.status === 503;
  }
}

async function ask(method, path, body, signal) {
  const isJSON = body !== undefined && !(body instanceof Blob);
  const headers = isJSON ? { "Content-Type": "application/json" } : {};
  let response, reply;
  try {
    response = await fetch(`/api/${path}`, { method, headers, body: isJSON ? JSON.stringify(body) : body, signal });
    reply = response.status === 204 ? {} : await response.json();
  } catch (error) {
    signal?.throwIfAborted();
    throw new Refusal("The box is not reachable.");
  }
  if (!response.ok) throw new Refusal(reply.message, response.status);
  return reply.data;
}

/** Asks again every two seconds for as long as nobody answers, or the box is busy. */
async function insist(method, path, body, signal) {
  for (;;) {
    try {
      return await ask(method, path, body, signal);
    } catch (error) {
      if (!error.passes) throw error;
      await pause(2000, signal);
    }
  }
}

function pause(ms, signal) {
  return new Promise((done, fail) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), fail(signal.reason)), { once: true });
  });
}

/** The name of one operation: asked twice, it is done once. */
const operation = () => "web-" + [...crypto.getRandomValues(new Uint8Array(12))].map((n) => n.toString(16)).join("");

/**
 * Sends a batch. `told({ index, bytes })` says which file is on its way and how many bytes the box has.
 *
 * Returns `{ playlist, tracks, failures: [{ name, message }] }`: a file that the box refuses does not stop the others.
 * Throws what stops them all: a full disk, a playlist that is gone, `signal`.
 */
export async function send({ title, files }, playlist, signal, told) {
  const isNew = !playlist;
  playlist ||= (await insist("POST", "playlists", { title, client_op_id: operation() }, signal)).id;
  const failures = [];
  let tracks = 0, before = 0;
  try {
    for (const [index, { file }] of files.entries()) {
      told({ index, bytes: before });
      try {
        tracks += (await sendFile(file, playlist, signal, (bytes) => told({ index, bytes: before + bytes }))).length;
      } catch (error) {
        if (signal.aborted || error.status === 507 || error.status === 404) throw error;
        failures.push({ name: file.name, message: error.message });
      }
      before += file.size;
    }
  } finally {
    // Nobody wants the empty playlist that a mistake leaves.
    if (isNew && !tracks) await ask("DELETE", `playlists/${playlist}`).catch(() => {});
  }
  return { playlist, tracks, failures };
}

async function sendFile(file, playlist, signal, told) {
  const uploads = `playlists/${playlist}/uploads`;
  const wanted = { filename: file.name, file_size: file.size, client_op_id: operation() };
  const session = await insist("POST", `${uploads}/session`, wanted, signal);
  const here = `${uploads}/${session.session_id}`;
  try {
    let missing = session.missing_chunks;
    while (missing.length) {
      const start = missing[0] * session.chunk_size;
      const chunk = file.slice(start, start + session.chunk_size);
      try {
        await ask("PUT", `${here}/chunks/${missing[0]}`, chunk, signal);
        missing = missing.slice(1);
      } catch (error) {
        if (!error.passes) throw error;
        await pause(2000, signal);
        // The box knows what has come.
        missing = (await insist("GET", here, undefined, signal)).missing_chunks;
      }
      told(file.size - Math.min(file.size, missing.length * session.chunk_size));
    }
    return (await insist("POST", `${here}/finalize`, { client_op_id: operation() }, signal)).tracks;
  } catch (error) {
    await ask("DELETE", `uploads/sessions/${session.session_id}`).catch(() => {});
    throw error;
  }
}
