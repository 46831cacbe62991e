import numpy as np, pytest, media, sound
from phone import Phone
from pulse import RATE
from test_chapters import book

@pytest.mark.parametrize("n", range(10))
def test_rest(steady_box, card, book, n):
    box = steady_box
    playlist = box.playlist(f"Orte{n}", [book])
    whole = media.decode(book)
    with card.record() as recording, Phone(box.url, "playlists") as phone:
        box.post(f"/playlists/{playlist}/play/2")
        box.wait_player("second chapter", is_playing=True, active_track_number=2)
        box.post("/player/pause")
        box.post("/player/seek", {"position_ms": 200})
        box.post("/player/stop")
        recording.wait(1.2)
        begin = recording.frames
        d0 = box.get('/system/diagnostics')['audio']
        mark = phone.now
        box.post(f"/playlists/{playlist}/start")
        phone.wait_player(mark, is_playing=True, active_track_number=2)
        phone.wait_player(mark, state="stopped", deadline=60)
        recording.wait(0.3)
        heard = recording.samples[begin:]
    rest = whole[(1_700 + 200) * RATE // 1000:]
    h = sound.trimmed(heard)
    print("RESULT", n, "len", len(h) - len(rest), "break", sound.first_break(heard, whole), "gaps", sound.gaps(heard), "drop", [(k, v-d0[k]) for k, v in box.get("/system/diagnostics")["audio"].items() if k in ("xruns","underfeeds")], "gapat", [round((g[0]-sound.heard_span(heard)[0])/RATE,2) for g in sound.gaps(heard)],
      "start", sound.find(whole, h[RATE//2: RATE]).offset - RATE//2 - 1900*RATE//1000)
