"""A phone in the living room: the official Python Socket.IO client, remembering all it hears, and objecting to what the
box's own description does not allow."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import engineio
import socketio

import asyncapi
from waiting import DEADLINE, Deadline


@dataclass(frozen=True)
class Heard:
    """One event: `at` is the monotonic time of its arrival, `payload` its argument."""

    index: int
    at: float
    name: str
    payload: dict[str, Any]

    @property
    def data(self) -> dict[str, Any]:
        """The inside of a `state:*` envelope."""
        return self.payload["data"]


class _InOrder(engineio.Client):
    """Hands on one message after the other, as they come. The library gives each a thread of its own, and of two such
    threads either may be first: events change places, and so do the attachments of one."""

    def __init__(self, *arguments: Any, **options: Any):
        super().__init__(*arguments, **options)
        self._messages = ThreadPoolExecutor(max_workers=1)

    def _trigger_event(self, event: str, *arguments: Any, **options: Any) -> Any:
        if event == "message" and event in self.handlers:
            handled = self._messages.submit(self.handlers[event], *arguments)
            # What a handler raises is logged.
            return handled.add_done_callback(lambda ended: ended.result())
        return super()._trigger_event(event, *arguments, **options)


class OrderedClient(socketio.Client):
    """The official client; it hears things in the order in which they are said."""

    def _engineio_client_class(self) -> type[engineio.Client]:
        return _InOrder


class Phone:
    def __init__(self, url: str, *rooms: str):
        self.events: list[Heard] = []
        self.objections: list[str] = []
        self._news = threading.Condition()
        self.client = OrderedClient(reconnection=False, handle_sigint=False, request_timeout=DEADLINE)
        self.client.on("*", self._hear)
        self.client.connect(url, transports=["websocket"], wait_timeout=DEADLINE)
        try:
            self.wait_for("connection_status")
            for room in rooms:
                self.join(room)
        except BaseException:
            self.client.disconnect()
            raise

    def _hear(self, name: str, payload: Any = None) -> None:
        now = time.monotonic()
        objections = asyncapi.objections(name, payload)
        with self._news:
            self.objections += objections
            self.events.append(Heard(len(self.events), now, name, payload))
            self._news.notify_all()

    @property
    def now(self) -> int:
        """A mark: events from here on are new. Take it before the deed, pass it to `wait_for` as `since`."""
        with self._news:
            return len(self.events)

    def heard(self, name: str, since: int = 0) -> list[Heard]:
        with self._news:
            return [event for event in self.events[since:] if event.name == name]

    def wait_for(
        self,
        name: str,
        matches: Callable[[dict[str, Any]], bool] = lambda _: True,
        since: int = 0,
        deadline: float = DEADLINE,
    ) -> Heard:
        """The first event `name` from mark `since` on whose payload `matches`."""
        end = time.monotonic() + deadline
        index = since
        with self._news:
            while True:
                while index < len(self.events):
                    event = self.events[index]
                    index += 1
                    if event.name == name and matches(event.payload):
                        return event
                left = end - time.monotonic()
                if left <= 0:
                    tail = "\n".join(f"  {e.name} {str(e.payload)[:300]}" for e in self.events[since:][-12:])
                    raise Deadline(f"no such {name} within {deadline:.0f} s; heard last:\n{tail}")
                self._news.wait(left)

    def wait_player(self, since: int = 0, deadline: float = DEADLINE, **fields: Any) -> Heard:
        """The first `state:player` since the mark whose data has these fields."""
        return self.wait_for(
            "state:player", lambda e: all(e["data"][k] == v for k, v in fields.items()), since, deadline
        )

    def emit(self, name: str, payload: dict[str, Any] | None = None) -> None:
        self.client.emit(name, payload if payload is not None else {})

    def call(self, name: str, payload: dict[str, Any] | None = None) -> dict[str, Any]:
        """Emits with an acknowledgement and returns it."""
        return self.client.call(name, payload if payload is not None else {}, timeout=DEADLINE)

    def join(self, room: str, **fields: Any) -> dict[str, Any]:
        """Joins and returns the `ack:join`."""
        mark = self.now
        self.emit(f"join:{room}", fields)
        return self.wait_for("ack:join", lambda e: e["room"].startswith(room), mark).payload

    def close(self) -> None:
        self.client.disconnect()
        assert not self.objections, "\n".join(self.objections[:10])

    def __enter__(self) -> "Phone":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self.client.disconnect()
