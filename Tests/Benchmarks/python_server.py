"""python-socketio on uvicorn with the rooms and bursts of the conformance server, for comparison."""

import asyncio
import socket
import sys
import time
from typing import Any

import socketio
import uvicorn

ROOM = "playlists"
server = socketio.AsyncServer(async_mode="asgi", ping_interval=10, ping_timeout=20, cors_allowed_origins="*")


@server.on("join:playlists")
async def join(sid: str, *_: Any) -> dict[str, bool]:
    await server.enter_room(sid, ROOM)
    return {"success": True}


@server.on("burst")
async def burst(sid: str, asked: dict[str, int]) -> dict[str, int]:
    for number in range(asked["count"]):
        await server.emit("state:burst", {"number": number, "pad": "x" * asked.get("pad", 0)}, room=ROOM)
    return {"count": asked["count"]}


async def positions(hz: float) -> None:
    number = 0
    due = time.monotonic()
    while True:
        due += 1 / hz
        await asyncio.sleep(max(0, due - time.monotonic()))
        position = {"position_ms": number * 200, "track_id": "3f2a9c4e-0d1b-4a63-9f0e-7c5d2b8a1e60",
                    "is_playing": True, "duration_ms": 215_000}
        envelope = {"event_type": "state:track_position", "server_seq": number, "data": position,
                    "timestamp": int(time.time() * 1000), "event_id": f"position-{number}"}
        await server.emit("state:track_position", envelope, room=ROOM)
        number += 1


async def main() -> None:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(4096)
    print("listening on", listener.getsockname()[1], flush=True)
    if "--hz" in sys.argv:
        asyncio.get_running_loop().create_task(positions(float(sys.argv[sys.argv.index("--hz") + 1])))
    settings = uvicorn.Config(socketio.ASGIApp(server), log_level="error", lifespan="off", backlog=4096)
    await uvicorn.Server(settings).serve(sockets=[listener])


asyncio.run(main())
