"""Measure the astronaut photograph once for the demo camera: landmarks, matte, areas.

    python -m models.demo_assets

Writes ``assets/demo/astronaut.npz``: points (478, 3) float32; matte, skin, cloth (512, 512) uint8. The photograph itself
(public domain, NASA) stays where it is, in scikit-image.
"""

from __future__ import annotations

import cv2
import numpy as np
from skimage.data import astronaut

from booth import geometry, resources
from models.teacher.portrait import SIZE, SPAN, Aligner
from models.teacher.regions import BACKGROUND, CLOTH, SKIN, areas


def main() -> None:
    photo = astronaut()
    aligner = Aligner()
    portrait = aligner.align(photo, "astronaut")
    found = aligner._mesh.process(photo).multi_face_landmarks[0].landmark
    points = np.array([[p.x * 512, p.y * 512, p.z * 512] for p in found], np.float32)
    back = geometry.invert(geometry.crop_affine(points, SIZE, SPAN))
    soft = areas(portrait)
    to_photo = lambda m: cv2.warpAffine(m, back, (512, 512), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    person = np.asarray(aligner._person.process(photo).segmentation_mask, np.float32)
    head = 1 - to_photo(soft[BACKGROUND])
    inside = cv2.warpAffine(np.ones((SIZE, SIZE), np.float32), back, (512, 512))
    matte = np.where(inside > 0.99, head, person)
    matte = geometry.smoothstep(0.35, 0.75, cv2.GaussianBlur(matte.astype(np.float32), (0, 0), 1.2))
    byte = lambda m: (m.clip(0, 1) * 255).astype(np.uint8)
    cloth = np.where(inside > 0.99, to_photo(soft[CLOTH]), person)
    out = resources.assets() / "demo" / "astronaut.npz"
    np.savez_compressed(out, points=points, matte=byte(matte), skin=byte(to_photo(soft[SKIN]) * inside), cloth=byte(cloth))
    print(out, out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
