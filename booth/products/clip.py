"""A talking clip as a file: MP4 with sound, for every phone; WebP and GIF, which move without sound, for chats and pages."""

from __future__ import annotations

import io
import itertools
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

from booth.audio.soundfile import RATE, Sound, resampled
from booth.errors import UsageError
from booth.files import appear

KINDS = (".mp4", ".webp", ".gif")
LEAST_PX, MOST_PX = 16, 4096

VIDEO_KBIT = 200
"""A second of a 512² video at 30 pictures a second has so much at most; 5 s with their sound stay under 200 KB. Screentone needs it all,
flat drawings a half."""
VIDEO = {"preset": "fast", "tune": "animation", "crf": "22"}
SOUND_KBIT = 64
FADE_S = 0.02
"""A sound that goes on after the last picture ends so softly."""

LOOP_S = 15.0
"""WebP and GIF end after so long: their pictures are all held in memory until they are written."""
WEBP_PX, WEBP_RATE, WEBP_KB_S = 360, 15.0, 100
"""Longest side, most pictures a second, and 1000 bytes a second."""
WEBP_LEAST_KB = 100
WEBP_TRIES = ((80, 1.0), (60, 1.0), (40, 1.0), (25, 1.0), (40, 0.7), (20, 0.5))
"""(quality, share of the size), the best first."""
GIF_PX, GIF_RATE = 480, 12.5
"""GIF counts in hundredths of a second: 12.5 pictures a second are exactly 8 each."""

Progress = Callable[[int], None]
"""Called with the number of pictures that were taken."""


def write_clip(pictures: Iterable[np.ndarray], rate: float, sound: Sound | None, path: Path, progress: Progress | None = None) -> tuple[str, ...]:
    """``pictures`` (H, W, 3) uint8 RGB, all of one size, ``rate`` a second, with ``sound`` from the first of them on, into ``path``.

    The name's end says what it becomes (``KINDS``). The file appears when it is whole and never replaces another. It is as long as the
    pictures; WebP and GIF have no sound and are smaller (``WEBP_PX``, ``GIF_PX``) and shorter (``LOOP_S``). MP4 takes the pictures one by one,
    in memory that does not grow, and leaves out a last odd row or column. Returns plain lines about what was left out.
    Raises ``UsageError``.
    """
    check_target(path)
    with new_file(path) as half:
        return _write(pictures, rate, sound, half, path.suffix.lower(), progress)


def clip_bytes(pictures: Iterable[np.ndarray], rate: float, sound: Sound | None, kind: str, progress: Progress | None = None) -> bytes:
    """What ``write_clip`` would write; ``kind`` is one of ``KINDS``."""
    if kind not in KINDS:
        raise UsageError(f"there is no clip of kind {kind}; choose one of {', '.join(KINDS)}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"clip{kind}"
        _write(pictures, rate, sound, path, kind, progress)
        return path.read_bytes()


def check_target(path: Path, kinds: Sequence[str] = KINDS) -> None:
    """Raises ``UsageError`` when nothing can be written there: before long work rather than after."""
    if path.suffix.lower() not in kinds:
        raise UsageError(f"cannot write {path.name}: the name must end in {', '.join(kinds)}")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent} to write into")
    if path.exists():
        raise UsageError(f"{path} exists already; name another file, or move it away")


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A name beside ``path`` to write to; what is there in the end becomes ``path``, unless something failed or the name was taken meanwhile."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=path.suffix)
    os.close(handle)
    half = Path(name)
    try:
        yield half
        with half.open("rb") as file:
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        half.chmod(0o666 & ~umask)
        appear(half, path)
    except FileExistsError as error:
        raise UsageError(f"{path} exists already; name another file, or move it away") from error
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror}); make room, or name another place") from error
    finally:
        half.unlink(missing_ok=True)


def _write(pictures: Iterable[np.ndarray], rate: float, sound: Sound | None, path: Path, kind: str, progress: Progress | None) -> tuple[str, ...]:
    if not 1 <= rate <= 120:
        raise UsageError(f"a clip has 1 to 120 pictures a second, not {rate}")
    sure = checked(pictures, 3, progress or (lambda count: None))
    first = next(sure, None)
    if first is None:
        raise UsageError("a clip needs at least one picture")
    whole = itertools.chain([first], sure)
    if kind == ".mp4":
        _mp4(whole, rate, sound, path)
        return ()
    most, widest = (WEBP_RATE, WEBP_PX) if kind == ".webp" else (GIF_RATE, GIF_PX)
    loop_rate = min(rate, most)
    loop = [Image.fromarray(smaller(picture, widest)) for picture in at_rate(whole, rate, loop_rate, LOOP_S)]
    path.write_bytes(_webp(loop, loop_rate) if kind == ".webp" else gif(loop, loop_rate))
    return (f"the {kind[1:].upper()} shows the first {LOOP_S:.0f} s only",) if next(whole, None) is not None else ()


def checked(pictures: Iterable[np.ndarray], channels: int, progress: Progress) -> Iterator[np.ndarray]:
    """The same pictures; ``UsageError`` for one that is no (H, W, ``channels``) uint8, or of another size than the first."""
    shape = None
    for count, picture in enumerate(pictures, 1):
        if picture.ndim != 3 or picture.shape[2] != channels or picture.dtype != np.uint8:
            raise UsageError(f"picture {count} is {picture.dtype} {picture.shape}; a clip is made of uint8 (height, width, {channels})")
        if shape is None and not LEAST_PX <= min(picture.shape[:2]) <= max(picture.shape[:2]) <= MOST_PX:
            raise UsageError(f"pictures of {picture.shape[1]}×{picture.shape[0]} cannot become a clip; sides go from {LEAST_PX} to {MOST_PX} pixels")
        if shape not in (None, picture.shape):
            raise UsageError(f"picture {count} is {picture.shape[1]}×{picture.shape[0]}, those before it are not; make all of one size")
        shape = picture.shape
        yield picture
        progress(count)


def at_rate(pictures: Iterable[Any], rate: float, wanted: float, most_s: float) -> Iterator[Any]:
    """``wanted`` of ``rate`` pictures a second, the first ``most_s`` seconds of them; whatever is shown at a moment is shown at it still."""
    shown = 0
    for number, picture in enumerate(pictures):
        if number >= most_s * rate - 1e-6:
            return
        if number + 1 > shown * rate / wanted + 1e-6:
            shown += 1
            yield picture


def smaller(picture: np.ndarray, widest: int) -> np.ndarray:
    """``picture``, its longer side at most ``widest``."""
    height, width = picture.shape[:2]
    share = widest / max(height, width)
    return picture if share >= 1 else cv2.resize(picture, (max(1, round(width * share)), max(1, round(height * share))), interpolation=cv2.INTER_AREA)


def _mp4(pictures: Iterator[np.ndarray], rate: float, sound: Sound | None, path: Path) -> None:
    """H.264 and AAC, playable while it loads. AAC begins with 1024 samples of its own; the file's edit list leaves them out again, so that
    sound and picture stay together in every player that keeps to the standard, and 21 ms apart in others."""
    first = next(pictures)
    height, width = first.shape[0] // 2 * 2, first.shape[1] // 2 * 2
    share = (height * width / 512 ** 2) ** 0.75 * (rate / 30) ** 0.5
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        most = str(round(VIDEO_KBIT * 1000 * share))
        video = container.add_stream("libx264", rate=Fraction(rate).limit_denominator(1001), options={**VIDEO, "maxrate": most, "bufsize": most})
        video.height, video.width, video.pix_fmt = height, width, "yuv420p"
        codec = video.codec_context
        codec.colorspace = codec.color_primaries = codec.color_trc = 1            # BT.709 …
        codec.color_range = 1                                                     # … 16 to 235
        codec.thread_count = 1
        track = _Track(container, sound) if sound is not None and len(sound.samples) else None
        count = 0
        for picture in itertools.chain([first], pictures):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:height, :width]), format="rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)
            container.mux(video.encode(frame))
            if track is not None:
                track.until(count / rate)                                         # one picture behind: the end can still be faded
            count += 1
        container.mux(video.encode())
        if track is not None:
            track.finish(count / rate)


class _Track:
    """A clip's sound, written beside its pictures."""

    def __init__(self, container: av.container.OutputContainer, sound: Sound) -> None:
        self._container = container
        self._samples = resampled(sound.samples, sound.rate)
        self._stream = container.add_stream("aac", rate=RATE, layout="mono")
        self._stream.bit_rate = SOUND_KBIT * 1000
        self._done = 0

    def until(self, seconds: float) -> None:
        self._write(self._samples[self._done:round(seconds * RATE)])

    def finish(self, seconds: float) -> None:
        end = round(seconds * RATE)
        rest = self._samples[self._done:end].copy()
        if end < len(self._samples):
            fade = min(len(rest), round(FADE_S * RATE))
            rest[len(rest) - fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
        self._write(rest)
        self._container.mux(self._stream.encode())

    def _write(self, samples: np.ndarray) -> None:
        if len(samples):
            frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = RATE, self._done, Fraction(1, RATE)
            self._container.mux(self._stream.encode(frame))
            self._done += len(samples)


def durations(count: int, rate: float, unit_s: float) -> list[int]:
    """How many whole ``unit_s`` each of ``count`` pictures is shown, so that together they take the right time."""
    return np.diff(np.round(np.arange(count + 1) / rate / unit_s)).astype(int).tolist()


def _webp(pictures: list[Image.Image], rate: float) -> bytes:
    """As good as fits into ``WEBP_KB_S``."""
    most = 1000 * max(WEBP_LEAST_KB, WEBP_KB_S * len(pictures) / rate)
    data = b""
    for quality, share in WEBP_TRIES:
        size = max(1, round(pictures[0].width * share)), max(1, round(pictures[0].height * share))
        data = webp([picture.resize(size, Image.Resampling.LANCZOS) for picture in pictures], rate, quality)
        if len(data) <= most:
            break
    return data


def webp(pictures: Sequence[Image.Image], rate: float, quality: int, **more: Any) -> bytes:
    """Pictures that move for ever; with transparency where they have it."""
    data = io.BytesIO()
    pictures[0].save(data, "WEBP", save_all=True, append_images=pictures[1:], duration=durations(len(pictures), rate, 0.001), loop=0,
                     quality=quality, method=3, **more)
    return data.getvalue()


def few_colours(pictures: Sequence[Image.Image], colours: int) -> list[Image.Image]:
    """RGB pictures with one palette for all, found from some of them side by side. No dither: drawings are flat, and it would crawl."""
    some = pictures[::max(1, len(pictures) // 8)]
    pixels = np.concatenate([np.asarray(picture)[::2, ::2] for picture in some], axis=1)            # no new colours between two
    mosaic = Image.fromarray(pixels)
    rough = mosaic.quantize(colours, Image.Quantize.MEDIANCUT, kmeans=1)
    # Pillow looks at six bits of a colour, and white is 252: what it put together gets its own mean. Each colour once, or it saves for ever
    table = np.zeros((256, 3), np.uint8)
    table.flat[:len(rough.getpalette() or [])] = rough.getpalette() or []
    index = np.asarray(mosaic.quantize(palette=rough, dither=Image.Dither.NONE)).ravel()
    counts = np.bincount(index, minlength=256)
    sums = np.stack([np.bincount(index, pixels[..., channel].ravel(), 256) for channel in range(3)], axis=1)
    table[counts > 0] = (sums[counts > 0] / counts[counts > 0, None]).round()
    table, places = np.unique(table, axis=0, return_inverse=True)
    out = []
    for picture in pictures:
        indices = np.asarray(picture.quantize(palette=rough, dither=Image.Dither.NONE))
        out.append(Image.fromarray(places[indices].astype(np.uint8)))
        out[-1].putpalette(table.tobytes())
    return out


def gif(pictures: list[Image.Image], rate: float) -> bytes:
    first, *rest = few_colours(pictures, 255)
    data = io.BytesIO()
    colours = bytes(first.getpalette() or [])                   # named again, or Pillow writes a table for every picture
    hundredths = [10 * units for units in durations(len(pictures), rate, 0.01)]
    first.save(data, "GIF", save_all=True, append_images=rest, palette=colours, optimize=True, duration=hundredths, loop=0)
    return data.getvalue()
