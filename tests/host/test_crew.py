"""The day's film: what was drawn is in it, with its sound, and the camera only where the operator said so."""

import time
from dataclasses import replace

import av
import numpy as np

from booth.audio.microphone import Microphone
from booth.frame import Composite, frozen
from booth.host.crew import Crew
from booth.settings import RecordSettings, Settings, VirtualSettings
from booth.sinks.recording import recordings
from tests.fakes import frame_of
from tests.sinks.programmes import until


class Tone:
    """A sound card on which a tone is heard."""

    def devices(self):
        return []

    def open(self, device, callback, gone):
        self.callback = callback
        return replace_rate()

    def play(self, block):
        self.callback(block[:, None], len(block), None, None)


def replace_rate():
    class Stream:
        rate = 48000

        def close(self):
            pass
    return Stream()


def record(folder, camera):
    card = Tone()
    microphone = Microphone(source=card)
    microphone.open()
    wanted = RecordSettings(folder=folder, width=320, height=180, reserve_gib=0, camera=camera, hardware=False)
    crew = Crew(Settings(record=wanted), microphone)
    red, blue = np.zeros((180, 320, 3), np.uint8), np.zeros((180, 320, 3), np.uint8)
    red[..., 0], blue[..., 2] = 200, 200
    end = time.monotonic() + 1.5
    seq = 0
    while time.monotonic() < end:
        now = time.monotonic()
        crew.show(Composite(frozen(red.copy()), seq, now))
        crew.see(replace(frame_of(blue, seq), captured_at=now))
        card.play(0.3 * np.sin(2 * np.pi * 500 * (np.arange(1600) + 1600 * seq) / 48000).astype(np.float32))
        seq += 1
        time.sleep(max(0.0, now + 1 / 30 - time.monotonic()))
    assert crew.faults() == []
    crew.close()
    microphone.close()


def test_the_drawing_is_recorded_with_sound_and_the_camera_is_not(tmp_path):
    record(tmp_path, camera=False)
    film, = recordings(tmp_path)
    assert recordings(tmp_path, "camera") == []
    with av.open(str(film.path)) as container:
        colours = [frame.to_ndarray(format="rgb24").reshape(-1, 3).mean(0) for frame in container.decode(video=0)]
    with av.open(str(film.path)) as container:
        sound = np.concatenate([frame.to_ndarray().mean(0) for frame in container.decode(audio=0)])
    assert len(colours) > 15
    assert all(colour[0] > 150 and colour[2] < 60 for colour in colours[2:])
    assert np.abs(sound).max() > 0.1


def test_the_camera_is_recorded_only_when_the_operator_says_so(tmp_path):
    record(tmp_path, camera=True)
    film, = recordings(tmp_path, "camera")
    with av.open(str(film.path)) as container:
        colour = next(container.decode(video=0)).to_ndarray(format="rgb24").reshape(-1, 3).mean(0)
    assert colour[2] > 150 > colour[0]


def test_a_virtual_camera_that_is_not_there_is_one_line_of_health():
    crew = Crew(Settings(virtual=VirtualSettings(device="nobody has this")), None)
    until(lambda: crew.virtual.state == "waiting")
    line, = crew.faults()
    crew.close()
    assert "nobody has this" in line
    assert crew.film is crew.live is None
