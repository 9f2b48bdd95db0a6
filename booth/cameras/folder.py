"""A folder of pictures, shown in the order of their names, each for a while."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from booth.cameras.pace import Pace
from booth.errors import CameraUnusable
from booth.settings import FolderCamera

LARGEST = (1920, 1080)


class Folder:
    def __init__(self, settings: FolderCamera) -> None:
        self._settings = settings
        self._pace = Pace()

    def describe(self) -> str:
        return f"pictures in {self._settings.folder}"

    def open(self) -> None:
        folder = self._settings.folder
        names = sorted(p for p in folder.iterdir() if p.is_file()) if folder.is_dir() else []
        self._pictures = [p for p in names if p.suffix.lower() in Image.registered_extensions()]
        if not self._pictures:
            raise CameraUnusable(f"no pictures in {folder}; put some .jpg or .png files there")
        self._stream = self._play()
        self._pace.reset()
        self._count = 0

    def read(self) -> np.ndarray:
        self._count += 1
        self._pace.wait(self._count / self._settings.rate)
        return next(self._stream)

    def _play(self) -> Iterator[np.ndarray]:
        bad: set[Path] = set()
        for path in itertools.cycle(self._pictures):
            try:
                picture = load(path)
            except OSError as error:
                bad.add(path)
                if len(bad) == len(self._pictures):
                    raise CameraUnusable(f"none of the pictures in {self._settings.folder} can be read") from error
                continue
            for _ in range(max(1, round(self._settings.seconds_each * self._settings.rate))):
                yield picture

    def close(self) -> None:
        self._stream = iter(())


def load(path: Path) -> np.ndarray:
    """(H, W, 3) uint8 RGB, turned as its EXIF says, at most 1920×1080. Raises OSError when it is no picture."""
    with Image.open(path) as image:
        image.draft("RGB", LARGEST)
        turned = ImageOps.exif_transpose(image).convert("RGB")
        turned.thumbnail(LARGEST, Image.Resampling.LANCZOS)
        return np.asarray(turned)
