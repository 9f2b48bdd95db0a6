"""A pack of stickers for messengers: the figure without its background, moving, in the sizes that they take.

The limits are those commonly published (2024), and each file keeps to all of them: WhatsApp animated WebP of 512×512, 500 KB, 10 s, and still
WebP of 100 KB · LINE animated PNG of at most 320×270, 300 KB, 5 to 20 pictures, 1, 2, 3 or 4 s · Telegram video WebM (VP9) of 512 pixels,
256 KB, 3 s, 30 pictures a second, without sound. No messenger takes stickers with sound, and phones play no video with both sound and
transparency: the file with sound is an MP4 on white.
"""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from booth.audio.soundfile import Sound
from booth.errors import UsageError
from booth.products.clip import Progress, at_rate, check_target, checked, clip_bytes, durations, few_colours, new_file, webp

SIDE_PX = 512
MARGIN = 0.03
"""Of the side, left free around the figure."""
RATE = 15.0
MOST_S = 10.0
KB = 1000

WHATSAPP_KB, WHATSAPP_STILL_KB = 500, 100
LINE_PX, LINE_KB, LINE_LEAST, LINE_S = (320, 270), 300, 5, 4
TELEGRAM_KB, TELEGRAM_S, TELEGRAM_KBIT = 256, 3.0, (600, 400, 200, 100)

QUALITIES = ((80, 15.0), (60, 15.0), (60, 12.0), (50, 10.0), (30, 10.0), (20, 8.0), (10, 8.0), (5, 6.0))
"""(of a WebP, pictures a second), the best first."""
ALPHA_QUALITY = 20
"""Fewer steps between seen and unseen: half the size, and the same edge."""
LINE_STEPS = ((128, 20), (64, 20), (64, 14), (48, 10), (32, 8), (16, 5), (6, 5))
"""(colours, pictures), the best first."""


def write_stickers(cut_outs: Iterable[np.ndarray], rate: float, sound: Sound | None, target: Path,
                   progress: Progress | None = None) -> tuple[str, ...]:
    """``cut_outs`` (H, W, 4) uint8 RGBA, not premultiplied, ``rate`` a second, into a pack: a .zip, or a folder that is not there yet.

    ``whatsapp.webp``, ``whatsapp_still.webp``, ``line.png``, ``telegram.webm``, ``sticker.png`` and, with ``sound``, ``sticker.mp4``. At most
    the first ``MOST_S`` seconds, all held in memory. The figure fills the square and keeps its place from picture to picture. The pack
    appears when it is whole and never replaces another. Returns plain lines about what was left out. Raises ``UsageError``.
    """
    zipped = target.suffix.lower() == ".zip"
    check_target(target, (".zip",) if zipped else (target.suffix.lower(),))
    if not 1 <= rate <= 120:
        raise UsageError(f"a sticker has 1 to 120 pictures a second, not {rate}")
    pictures = checked(cut_outs, 4, progress or (lambda count: None))
    figures = _framed(list(at_rate(pictures, rate, min(rate, RATE), MOST_S)))
    files = _files(figures, min(rate, RATE), sound)
    notes = (f"stickers show the first {MOST_S:.0f} s only",) if next(pictures, None) is not None else ()
    if zipped:
        with new_file(target) as half, zipfile.ZipFile(half, "w", zipfile.ZIP_STORED) as pack:
            for name, data in files.items():
                pack.writestr(name, data)
        return notes
    folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        for name, data in files.items():
            (folder / name).write_bytes(data)
        folder.chmod(0o755)
        folder.rename(target)
    except OSError as error:
        raise UsageError(f"cannot write {target} ({error.strerror}); make room, or name another place") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return notes


def _files(figures: list[Image.Image], rate: float, sound: Sound | None) -> dict[str, bytes]:
    files = {
        "whatsapp.webp": _fitting((_webp(figures, rate, *quality) for quality in QUALITIES), WHATSAPP_KB),
        "whatsapp_still.webp": _fitting((_webp(figures[:1], rate, *quality) for quality in QUALITIES), WHATSAPP_STILL_KB),
        "line.png": _line(figures, rate),
        "telegram.webm": _fitting((_webm(figures[:round(TELEGRAM_S * rate)], rate, kbit) for kbit in TELEGRAM_KBIT), TELEGRAM_KB),
        "sticker.png": _png([figures[0]], [0]),
    }
    if sound is not None and len(sound.samples):
        files["sticker.mp4"] = clip_bytes((_on_white(figure) for figure in figures), rate, sound, ".mp4")
    return files


def _framed(pictures: list[np.ndarray]) -> list[Image.Image]:
    """Squares of ``SIDE_PX`` with the figure as large as fits: one cut for all pictures, or it would tremble."""
    if not pictures:
        raise UsageError("a sticker needs at least one picture")
    seen = np.zeros(pictures[0].shape[:2], bool)
    for picture in pictures:
        seen |= picture[..., 3] > 8
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        raise UsageError("the figure on the stickers cannot be seen; its cut-out is empty")
    box = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    share = SIDE_PX * (1 - 2 * MARGIN) / max(box[2] - box[0], box[3] - box[1])
    width, height = max(1, round((box[2] - box[0]) * share)), max(1, round((box[3] - box[1]) * share))
    out = []
    for picture in pictures:
        figure = Image.fromarray(picture).crop(box).resize((width, height), Image.Resampling.LANCZOS)
        square = Image.new("RGBA", (SIDE_PX, SIDE_PX))
        square.paste(figure, ((SIDE_PX - width) // 2, (SIDE_PX - height) // 2))
        out.append(square)
    return out


def _fitting(attempts: Iterable[bytes], most_kb: int) -> bytes:
    """The first of ``attempts``, the best first, that is small enough; ``UsageError`` when none is."""
    for data in attempts:
        if 0 < len(data) <= most_kb * KB:
            return data
    raise UsageError(f"a sticker does not fit into {most_kb} KB; choose a shorter clip or a character with less detail")


def _webp(figures: list[Image.Image], rate: float, quality: int, slower: float) -> bytes:
    """Nothing where a few of the pictures tell already that all of them would be too large: that saves seconds."""
    slower = min(rate, slower)
    chosen = list(at_rate(figures, rate, slower, MOST_S))
    some = chosen[::max(1, len(chosen) // 5)]
    encoded = webp(some, slower, quality, alpha_quality=ALPHA_QUALITY)
    if len(some) == len(chosen):
        return encoded
    return webp(chosen, slower, quality, alpha_quality=ALPHA_QUALITY) if len(encoded) / len(some) * len(chosen) < 1.1 * WHATSAPP_KB * KB else b""


def _line(figures: list[Image.Image], rate: float) -> bytes:
    """Whole seconds, few pictures of few colours: PNG keeps each of them whole."""
    seconds = min(LINE_S, max(1, int(len(figures) / rate)))
    steps = ((colours, max(LINE_LEAST, min(most, len(figures)))) for colours, most in LINE_STEPS)
    return _fitting((_line_of(figures, rate, seconds, colours, count) for colours, count in steps), LINE_KB)


def _line_of(figures: list[Image.Image], rate: float, seconds: int, colours: int, count: int) -> bytes:
    side = min(LINE_PX)
    chosen = [figures[min(len(figures) - 1, int(n * seconds * rate / count))].resize((side, side), Image.Resampling.LANCZOS) for n in range(count)]
    flat = few_colours([figure.convert("RGB") for figure in chosen], colours)
    return _png([_with_edge(of, figure) for of, figure in zip(flat, chosen)], durations(count, count / seconds, 0.001))


def _with_edge(flat: Image.Image, figure: Image.Image) -> Image.Image:
    """``flat``, seen where ``figure`` is, with two steps between seen and unseen."""
    out = np.array(flat.convert("RGBA"))
    out[..., 3] = np.round(np.asarray(figure)[..., 3] / 85) * 85
    out[out[..., 3] == 0] = 0
    return Image.fromarray(out)


def _png(figures: list[Image.Image], lengths_ms: list[int]) -> bytes:
    data = io.BytesIO()
    if len(figures) == 1:
        figures[0].save(data, "PNG", optimize=True)
    else:
        figures[0].save(data, "PNG", save_all=True, append_images=figures[1:], duration=lengths_ms, loop=0, optimize=True)
    return data.getvalue()


def _webm(figures: list[Image.Image], rate: float, kbit: int) -> bytes:
    data = io.BytesIO()
    with av.open(data, "w", format="webm") as container:
        options = {"b": f"{kbit}k", "maxrate": f"{kbit}k", "auto-alt-ref": "0", "deadline": "realtime", "cpu-used": "6"}
        stream = container.add_stream("libvpx-vp9", rate=Fraction(rate).limit_denominator(1001), options=options)
        stream.width = stream.height = SIDE_PX
        stream.pix_fmt = "yuva420p"
        stream.codec_context.thread_count = 1
        for figure in figures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(figure), format="rgba")))
        container.mux(stream.encode())
    return data.getvalue()


def _on_white(figure: Image.Image) -> np.ndarray:
    return np.asarray(Image.alpha_composite(Image.new("RGBA", figure.size, "white"), figure).convert("RGB"))
