/**
 * Socket.IO 5 over one Engine.IO 4 WebSocket: as much of both as one namespace with text events and acknowledgements
 * takes. It reconnects by itself for ever; whoever listens gets `up()`, `down()` and `event(name, payload)`.
 */
export function connect(url, { up, down, event }) {
  let socket = null, joined = false, failures = 0, retry = 0, silence = 0, patience = 0, nextAck = 0;
  const acks = new Map();

  function open() {
    clearTimeout(retry);
    const ws = socket = new WebSocket(url);
    patience = 8000;  // until the box has said how often it pings: no browser gives up on a dead address in useful time
    listen(ws);
    ws.onclose = () => lose(ws);
    ws.onmessage = ({ data }) => {
      if (ws !== socket || typeof data !== "string") return;
      listen(ws);
      receive(ws, data);
    };
  }

  /** A phone that slept, or lost its Wi-Fi, hears no close: silence beyond the box's own heartbeat is the sign. */
  function listen(ws) {
    clearTimeout(silence);
    silence = setTimeout(() => lose(ws), patience);
  }

  function lose(ws) {
    if (ws !== socket) return;
    socket = null;
    joined = false;
    clearTimeout(silence);
    ws.close();
    for (const settle of [...acks.values()]) settle({ status: "error", message: "The box is not reachable." });
    down();
    // Jitter, so that a house full of phones does not knock all at once when the box is back.
    retry = setTimeout(open, Math.min(8000, 400 * 1.7 ** failures++) * (0.75 + Math.random() / 2));
  }

  function receive(ws, packet) {
    const body = packet.slice(1);
    switch (packet[0]) {
      case "0": {
        const handshake = JSON.parse(body);
        patience = handshake.pingInterval + handshake.pingTimeout;
        listen(ws);
        return ws.send("40");
      }
      case "1": return lose(ws);
      case "2": return ws.send("3" + body);
      case "4": return message(ws, body);
    }
  }

  function message(ws, text) {
    const start = text.indexOf("[");
    const id = start > 1 ? text.slice(1, start) : "";
    switch (text[0]) {
      case "0":
        joined = true;
        failures = 0;
        return up();
      case "1": case "4": return lose(ws);
      case "2": {
        if (id) ws.send(`43${id}[]`);
        const [name, payload] = JSON.parse(text.slice(start));
        return event(name, payload);
      }
      case "3": return acks.get(Number(id))?.(JSON.parse(text.slice(start))[0] ?? { status: "success" });
    }
  }

  /** Sends one event; `done` is called exactly once, with the box's answer or with an error of the same shape. */
  function send(name, payload = {}, done = () => {}, timeout = 5000) {
    if (!joined) return done({ status: "error", message: "The box is not reachable." });
    const id = nextAck++;
    const silent = { status: "error", message: "The box does not answer.", timedOut: true };
    const timer = setTimeout(() => settle(silent), timeout);
    function settle(reply) {
      clearTimeout(timer);
      if (acks.delete(id)) done(reply);
    }
    acks.set(id, settle);
    socket.send(`42${id}${JSON.stringify([name, payload])}`);
  }

  /** After waking up: is anybody still there? */
  function probe() {
    const ws = socket;
    if (!ws) {
      failures = 0;
      open();
    } else if (joined) {
      send("client_ping", {}, (reply) => reply.timedOut && lose(ws), 2500);
    }
  }
  addEventListener("online", probe);
  addEventListener("pageshow", probe);
  document.addEventListener("visibilitychange", () => document.hidden || probe());

  open();
  return { send };
}
