"""What is made once of the astronaut photograph (public domain, NASA; it stays where it is, in scikit-image).

    python -m models.demo_assets [camera] [host]

``camera``: its measures for the demo camera, ``assets/demo/astronaut.npz``: points (478, 3) float32; matte, skin, cloth (512, 512)
uint8 · ``host``: its drawing and rig, the booth's own puppet, ``assets/puppets/host.webp`` and ``host.rig.json``.
"""

from __future__ import annotations

import sys

import cv2
import numpy as np
from PIL import Image
from skimage.data import astronaut

from booth import geometry, resources
from booth.characters import load_character
from booth.products.rigging import Rigger
from booth.products.still import Studio
from booth.puppet.rig import save_rig
from models.teacher.portrait import SIZE, SPAN, Aligner
from models.teacher.regions import BACKGROUND, CLOTH, SKIN, areas

HOST_PX = 900


def main() -> None:
    wanted = sys.argv[1:] or ["camera", "host"]
    if "camera" in wanted:
        camera()
    if "host" in wanted:
        host()


def host() -> None:
    studio, rigger = Studio(), Rigger()
    drawn = studio.portrait(astronaut(), load_character("romance"))
    height = drawn.image.shape[0]
    image = cv2.resize(drawn.image, None, fx=HOST_PX / height, fy=HOST_PX / height, interpolation=cv2.INTER_AREA)
    folder = resources.assets() / "puppets"
    folder.mkdir(exist_ok=True)
    Image.fromarray(image).save(folder / "host.webp", quality=92, method=6)
    with Image.open(folder / "host.webp") as saved:
        still = np.asarray(saved.convert("RGB"))
    save_rig(rigger.rig(still, drawn.points * np.float32(HOST_PX / height)), folder / "host.rig.json")
    print(folder, still.shape)
    studio.close()
    rigger.close()


def camera() -> None:
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
