"""mediapipe's networks run by OpenVINO answer what they answer in mediapipe's own graphs."""

import cv2
import mediapipe as mp
import numpy as np
import pytest

from booth.errors import WeightsError
from booth.vision.faces import Faces, overlap
from booth.vision.mesh import LEFT_EYE, LIPS, RIGHT_EYE, FaceMesh
from booth.vision.people import People
from booth.vision.tflite import compile_network
from tests.fakes import frame_of

BOX = np.float32([187, 82, 276, 176])


def test_points_are_those_of_mediapipe(photo, face):
    with mp.solutions.face_mesh.FaceMesh(refine_landmarks=True) as theirs:
        for _ in range(6):                                          # it follows the face from picture to picture
            found = theirs.process(photo).multi_face_landmarks[0].landmark
    expected = np.array([(p.x, p.y, p.z) for p in found]) * 512
    ours = FaceMesh().find_all(photo, [(BOX, face.points)])[0]
    apart = np.linalg.norm(ours[:, :2] - expected[:, :2], axis=1)
    assert apart.mean() < 0.5                                       # of a face of 110 pixels
    assert apart[list({*LIPS[:20], *RIGHT_EYE[:16], *LEFT_EYE[:16]})].mean() < 0.4
    assert apart[468:].mean() < 0.4
    assert np.abs(ours[:468, 2] - expected[:468, 2]).mean() < 2.5


def test_faces_are_those_of_mediapipe(photo):
    for reach, selection in (("near", 0), ("far", 1)):
        with mp.solutions.face_detection.FaceDetection(model_selection=selection) as theirs:
            detection, = theirs.process(photo).detections
        b = detection.location_data.relative_bounding_box
        expected = np.float32([b.xmin, b.ymin, b.xmin + b.width, b.ymin + b.height])
        (score, box), = Faces(reach, 0.5).find(photo)
        assert overlap(box, expected) > 0.93
        assert score == pytest.approx(detection.score[0], abs=0.03)


def test_faces_in_wide_and_tall_pictures_are_where_they_are(photo):
    for top, left in ((0, 300), (300, 0)):
        picture = cv2.copyMakeBorder(photo, top, top, left, left, cv2.BORDER_CONSTANT, value=(90, 90, 90))
        (_, box), = Faces("far", 0.5).find(picture)
        pixels = box * np.tile(picture.shape[1::-1], 2) - np.tile([left, top], 2)
        assert overlap(pixels.astype(np.float32), BOX) > 0.5
    assert Faces("far", 0.5).find(np.full((200, 300, 3), 90, np.uint8)) == []


def test_people_are_those_of_mediapipe(photo):
    wide = cv2.copyMakeBorder(photo, 0, 0, 200, 200, cv2.BORDER_REPLICATE)
    with mp.solutions.selfie_segmentation.SelfieSegmentation(model_selection=1) as theirs:
        expected = cv2.resize(theirs.process(cv2.resize(wide, (256, 144))).segmentation_mask, (256, 144))
    ours = People().find(frame_of(wide)).astype(np.float32) / 255
    assert np.abs(ours - expected).mean() < 0.02
    assert 0.2 < ours.mean() < 0.7


def test_a_face_that_goes_is_lost_and_one_beside_it_is_not_taken_for_it(photo, face):
    mesh = FaceMesh()
    moved = np.roll(photo, 60, axis=1)
    assert mesh.find_all(moved, [(BOX, face.points)])[0] is None    # it stands 60 pixels beside its box now
    assert mesh.find_all(np.full_like(photo, 90), [(BOX, face.points), (BOX, None)]) == [None, None]


def test_turned_faces_are_found_from_a_box_alone(photo, face):
    mesh = FaceMesh()
    centre = face.points[:, :2].mean(0)
    for degrees in (-30, 30):
        turn = cv2.getRotationMatrix2D(tuple(map(float, centre)), degrees, 1.0)
        points = mesh.find(cv2.warpAffine(photo, turn, (512, 512)), BOX)
        expected = face.points[:, :2] @ turn[:, :2].T + turn[:, 2]
        assert np.linalg.norm(points[:, :2] - expected, axis=1).mean() < 3.0


def test_a_missing_network_is_named():
    with pytest.raises(WeightsError, match="nothing, which finds faces, cannot be read"):
        compile_network("face_detection/nothing")
