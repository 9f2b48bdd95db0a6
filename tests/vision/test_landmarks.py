import cv2
import numpy as np

from booth import facemap as fm
from booth.cameras.demo import Pose
from booth.frame import Track, frozen
from booth.vision.cropper import Cropper
from booth.vision.landmarks import Landmarker
from booth.vision.mesh import FaceMesh
from tests.fakes import frame_of

BOX = np.float32([187, 82, 276, 176])


def track(box=BOX, seen=True, live=True, id=1):
    return Track(id, frozen(box.copy()), 0.9, seen, live)


def test_mesh_lands_on_the_face_at_any_size(photo, face):
    mesh = FaceMesh()
    for scale in (0.5, 3.0):
        big = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
        points = mesh.find(big, BOX * scale)
        assert points is not None
        error = np.linalg.norm(points[:, :2] / scale - face.points[:, :2], axis=1).mean()
        assert error < 2.0
    assert mesh.find(np.full_like(photo, 128), BOX) is None


def test_closed_eyes_are_measured_closed(demo):
    sprite = demo._sprites["fair"]
    mesh = FaceMesh()
    gaps = []
    for lids in (0.0, 1.0):
        picture = sprite.posed(Pose(0, 0, 0, lids, 0))[0]
        points = mesh.find(picture, BOX * 2.15 - np.tile(sprite.head_corner, 2))
        gaps.append(np.mean([fm.eye_openness(points, e) for e in fm.EYES]))
    assert gaps[0] > 0.2 > 0.13 > gaps[1]


def test_only_live_tracks_get_a_face_and_hidden_ones_do_not(photo):
    landmarker = Landmarker()
    frame = frame_of(photo)
    assert landmarker.find(frame, [track(live=False)]) == []
    assert [f.track_id for f in landmarker.find(frame, [track()])] == [1]
    assert [f.track_id for f in landmarker.find(frame, [track(), track(seen=False, id=2)])] == [1]
    assert [f.track_id for f in landmarker.find(frame, [track(seen=False, id=2)])] == [2]


def test_noise_on_a_still_face_is_smoothed(photo):
    landmarker, rng = Landmarker(), np.random.default_rng(0)
    mesh = FaceMesh()
    raw, smooth = [], []
    for k in range(30):
        noisy = np.clip(photo + rng.normal(0, 8, photo.shape), 0, 255).astype(np.uint8)
        raw.append(mesh.find(noisy, BOX)[:, :2])
        smooth.append(landmarker.find(frame_of(noisy, k, k / 30), [track()])[0].points[:, :2])
    jitter = lambda seq: float(np.linalg.norm(np.diff(np.stack(seq[10:]), axis=0), axis=-1).mean())
    assert jitter(smooth) < 0.6 * jitter(raw)


def test_crops_are_upright_squares_and_large_faces_are_averaged(photo, face):
    big = cv2.resize(photo, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    noisy = np.clip(big + np.random.default_rng(0).normal(0, 30, big.shape), 0, 255).astype(np.uint8)
    import dataclasses
    large = dataclasses.replace(face, points=frozen(face.points * 4))
    reference = Cropper().cut(photo, face)
    crop = Cropper().cut(noisy, large)
    assert crop.image.shape == (256, 256, 3)
    difference = np.abs(crop.image.astype(int) - reference.image.astype(int))[40:216, 40:216]
    assert difference.mean() < 12          # plain sampling would keep the noise: about 24
    edge = Cropper().cut(photo, dataclasses.replace(face, points=frozen(face.points - [220, 100, 0])))
    assert edge.image.shape == (256, 256, 3)
