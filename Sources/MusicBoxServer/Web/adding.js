import { batches, chosen, dropped, send } from "./upload.js";
import { sentence, size } from "./text.js";

const $ = (id) => document.getElementById(id);
const songs = (number) => (number === 1 ? "1 song" : `${number} songs`);

/**
 * The panel that brings music onto the box. `playlists()` is the Map of them; `toast(text)` says something.
 * `allow(extensions)` tells which files the box plays, `refresh()` that the playlists changed.
 */
export function adding({ playlists, toast }) {
  let extensions = [];
  let chosenBatches = [];
  let running = 0;

  function open(is) {
    $("add").hidden = !is;
    $("add-button").setAttribute("aria-expanded", String(is));
    if (is) refresh();
  }
  $("add-button").addEventListener("click", () => open($("add").hidden));

  function refresh() {
    if ($("add").hidden) return;
    const target = $("add-target").value;
    const options = [...playlists().values()].map((playlist) => new Option(playlist.title, playlist.id));
    $("add-target").replaceChildren(new Option("A new playlist", ""), ...options);
    if (playlists().has(target)) $("add-target").value = target;
    show();
  }
  $("add-target").addEventListener("change", show);

  function take(found) {
    chosenBatches = batches(found, extensions);
    if (!chosenBatches.length) toast(found.length ? "There is nothing in it that the box plays." : "Nothing was chosen.");
    else if (chosenBatches.length === 1) $("add-title").value = chosenBatches[0].title;
    show();
    if (chosenBatches.length) $("add-start").focus();
  }

  function show() {
    const files = chosenBatches.flatMap((batch) => batch.files);
    const bytes = chosenBatches.reduce((sum, batch) => sum + batch.bytes, 0);
    const isNew = !$("add-target").value;
    const archives = files.filter(({ file }) => /\.zip$/i.test(file.name)).length;
    const parts = [
      files.length > archives && songs(files.length - archives),
      archives && (archives === 1 ? "1 archive" : `${archives} archives`),
    ];
    $("add-form").hidden = !files.length;
    $("add-title-row").hidden = !isNew || chosenBatches.length > 1;
    $("add-title").required = !$("add-title-row").hidden;
    const titles = isNew && chosenBatches.length > 1 ? `: ${chosenBatches.map((batch) => batch.title).join(", ")}` : "";
    $("add-summary").textContent = `${parts.filter(Boolean).join(" and ")}, ${size(bytes)}${titles}`;
  }

  for (const id of ["add-files", "add-folder"]) {
    $(id).addEventListener("change", () => {
      if ($(id).files.length) take(chosen($(id)));
      $(id).value = "";  // the same again is a change again
    });
  }
  $("add-folder-label").hidden = !("webkitdirectory" in HTMLInputElement.prototype);

  $("add-form").addEventListener("submit", (submit) => {
    submit.preventDefault();
    const target = $("add-target").value;
    const started = chosenBatches;
    if (started.length === 1 && !target) started[0].title = $("add-title").value.trim() || started[0].title;
    chosenBatches = [];
    show();
    run(started, target);
  });

  /** One after the other: they would only share one road. */
  async function run(list, target) {
    const loads = list.map((batch) => ({ batch, load: newLoad(batch, playlists().get(target)?.title ?? batch.title) }));
    running += loads.length;
    for (const { batch, load } of loads) {
      try {
        if (load.signal.aborted) continue;
        const { tracks, failures } = await send(batch, target, load.signal, load.told);
        load.end(`${songs(tracks)} added`, failures);
      } catch (error) {
        if (load.signal.aborted) load.item.remove();
        else load.end(sentence(error.message), []);
      } finally {
        running--;
      }
    }
  }

  function newLoad(batch, title) {
    const item = $("load").content.firstElementChild.cloneNode(true);
    const part = (name) => item.querySelector(`.${name}`);
    const cancel = new AbortController();
    part("name").textContent = title;
    part("news").textContent = "waiting";
    part("drop").setAttribute("aria-label", `Cancel ${title}`);
    let over = false;
    part("drop").addEventListener("click", () => {
      cancel.abort();
      item.remove();
    });
    $("loads").append(item);
    return {
      item, signal: cancel.signal,
      told({ index, bytes }) {
        if (over) return;
        part("bar").value = batch.bytes ? bytes / batch.bytes : 0;
        part("news").textContent = batch.files.length > 1
          ? `${index + 1} of ${batch.files.length} · ${batch.files[index].file.name}`
          : size(bytes) + " of " + size(batch.bytes);
      },
      end(news, failures) {
        over = true;
        part("bar").hidden = true;
        part("drop").setAttribute("aria-label", `Forget ${title}`);
        const refused = failures.map(({ name, message }) =>
          message.includes(name) ? sentence(message) : `${name}: ${sentence(message)}`);
        part("news").textContent = [sentence(news), ...refused].join(" ");
        item.classList.toggle("failed", failures.length > 0 || !/added$/.test(news));
      },
    };
  }

  // ---------------------------------------------------------------- Dropping

  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    document.body.classList.add("catching");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("catching");
  });
  addEventListener("drop", async (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    document.body.classList.remove("catching");
    try {
      const found = await dropped(event.dataTransfer);
      open(true);
      take(found);
    } catch {
      toast("What was dropped cannot be read.");
    }
  });

  addEventListener("beforeunload", (event) => {
    if (running) event.preventDefault();
  });

  return {
    refresh,
    allow(list) {
      extensions = list;
      $("add-files").accept = list.map((name) => `.${name}`).join(",");
    },
  };
}
