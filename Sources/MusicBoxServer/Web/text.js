/** Times are in milliseconds. */

/** The box's messages are clauses; people read sentences. */
export function sentence(text) {
  const trimmed = text.trim();
  return trimmed.charAt(0).toLocaleUpperCase() + trimmed.slice(1) + (/[.!?…]$/.test(trimmed) ? "" : ".");
}

/** "4:05", "1:04:05" */
export function time(ms) {
  const seconds = Math.floor(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** "40 s", "12 min", "1 h 5 min", unbroken at a line's end */
export function span(ms) {
  if (ms < 59500) return `${Math.max(1, Math.round(ms / 1000))}\u00a0s`;
  const minutes = Math.round(ms / 60000);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [hours && `${hours}\u00a0h`, (rest || !hours) && `${rest}\u00a0min`].filter(Boolean).join("\u00a0");
}

export function count(tracks) {
  return tracks === 1 ? "1 track" : tracks ? `${tracks} tracks` : "empty";
}

/** "830 KB", "1.4 GB" */
export function size(bytes) {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)}\u00a0KB`;
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)}\u00a0MB` : `${(bytes / 1e9).toFixed(1)}\u00a0GB`;
}
