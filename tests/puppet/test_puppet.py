"""The puppet moves what a pose says, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from booth import facemap as fm
from booth.errors import UsageError
from booth.geometry import ellipse
from booth.pose import REST, Mouth, Pose
from booth.puppet.puppet import Puppet
from booth.puppet.rig import Brow, Colours, Eye, Line, Lips, Rig, Silhouette

SKIN, LASH, IRIS, LINE, HAIR, RIM = (225, 180, 150), (25, 20, 20), (40, 90, 150), (90, 40, 40), (60, 40, 30), (20, 110, 40)
BIG = Pose(Mouth(jaw=0.8, teeth=0.5), (0.6, 0.6), (0.7, -0.7), 0.5, (0.6, 0.3), 12, -8, 8, 1.0, (0.2, 0.1), (0.1, -0.1))


def line_of(points: np.ndarray) -> Line:
    return tuple((float(x), float(y)) for x, y in points)


def drawn(canvas: np.ndarray, points: np.ndarray, colour: tuple[int, int, int]) -> None:
    cv2.fillPoly(canvas, [np.round(points * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)


def cartoon(points: np.ndarray, laugh: float = 0.0, shut: bool = False, glasses: bool = False) -> tuple[np.ndarray, Rig]:
    """A face drawn on a mesh (478, 3), and its rig: (512, 512, 3). ``laugh``: the mouth's gap in pixels."""
    p = points[:, :2].astype(np.float64)
    rows = np.linspace(200, 120, 512)[:, None, None] + np.zeros((512, 512, 3))
    still = np.uint8(rows + 30 * np.sin(np.arange(512) / 9)[None, :, None])
    middle = 0.5 * (p[fm.FOREHEAD] + p[fm.CHIN])
    hair = ellipse(middle - [0, 14], 62, 82, count=64)
    body = np.array([[middle[0] - 22, middle[1] + 40], [middle[0] + 22, middle[1] + 40], [middle[0] + 28, middle[1] + 80],
                     [middle[0] + 130, middle[1] + 130], [middle[0] + 130, 511], [middle[0] - 130, 511], [middle[0] - 130, middle[1] + 130],
                     [middle[0] - 28, middle[1] + 80]])
    drawn(still, body, (60, 70, 140))
    drawn(still, hair, HAIR)
    drawn(still, p[list(fm.OVAL)], SKIN)
    tuft = (still == HAIR).all(-1).astype(np.uint8)
    tuft[int(middle[1]):] = 0
    locks, _ = cv2.findContours(tuft, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    lock = max(locks, key=len)[:, 0]
    eyes, brows = [], []
    for eye in fm.EYES:
        centre = 0.5 * (p[eye.inner] + p[eye.outer])
        across = p[eye.outer] - p[eye.inner]
        s = np.linspace(0, 1, 9)
        along = p[eye.inner] + s[:, None] * across
        upper, lower = along - np.outer(9 * np.sin(np.pi * s), [0, 1]), along + np.outer(6 * np.sin(np.pi * s), [0, 1])
        if shut:
            upper = lower
        else:
            drawn(still, np.concatenate([upper, lower[::-1]]), (250, 250, 250))
            drawn(still, ellipse(centre, 5, 6), IRIS)
        cv2.polylines(still, [np.round(upper * 16).astype(np.int32)], False, LASH, 2, cv2.LINE_AA, 4)
        brow = 0.5 * (p[list(eye.brow_upper)] + p[list(eye.brow_lower)]) - [0, 3]
        cv2.polylines(still, [np.round(brow * 16).astype(np.int32)], False, HAIR, 3, cv2.LINE_AA, 4)
        if glasses:
            cv2.ellipse(still, np.round(centre).astype(int).tolist(), (20, 17), 0, 0, 360, RIM, 2, cv2.LINE_AA)
        eyes.append(Eye(confidence=1, upper=line_of(upper), lower=line_of(lower), iris=tuple(centre), radius=5.5,
                        area=line_of(ellipse(centre, 15.5, 12.5, count=40)), open=0.0 if shut else 0.5))
        brows.append(Brow(confidence=1, line=line_of(brow), thick=3))
    cv2.polylines(still, [np.round(p[[168, 197, 5, 4]] * 16).astype(np.int32)], False, LINE, 1, cv2.LINE_AA, 4)
    left, right = p[61], p[291]
    s = np.linspace(0, 1, 11)
    seam = left + s[:, None] * (right - left) + np.outer(2 * np.sin(np.pi * s), [0, 1])
    lower = seam + np.outer(laugh * np.sin(np.pi * s), [0, 1])
    if laugh:
        drawn(still, np.concatenate([seam, lower[::-1]]), (80, 20, 30))
    cv2.polylines(still, [np.round(seam * 16).astype(np.int32)], False, LINE, 2, cv2.LINE_AA, 4)
    centre = 0.5 * (seam[5] + lower[5])
    above, below = seam - np.outer(3 * np.sin(np.pi * s), [0, 1]), lower + np.outer(4 * np.sin(np.pi * s), [0, 1])
    lips = Lips(confidence=1, upper_outer=line_of(above), upper_inner=line_of(seam), lower_inner=line_of(lower), lower_outer=line_of(below),
                open=laugh / float(right[0] - left[0]), filled=0.5,
                area=line_of(ellipse(centre, 0.62 * float(right[0] - left[0]), 9 + laugh, count=40)))
    colours = Colours(skin=SKIN, lid=SKIN, line=LINE, lash=LASH, lips=(190, 110, 100), cavity=(80, 20, 30),
                      teeth=(250, 250, 245), tongue=(200, 90, 90), brow=HAIR)
    rig = Rig(width=512, height=512, mesh=tuple(tuple(map(float, q)) for q in points), confidence=1, eyes=tuple(eyes), brows=tuple(brows), lips=lips,
              silhouette=Silhouette(confidence=1, head=(line_of(hair),), hair=(line_of(lock),), body=(line_of(body),)),
              colours=colours, line=1.5)
    return still, rig


@pytest.fixture(scope="module")
def points(face) -> np.ndarray:
    return face.points.copy()


@pytest.fixture(scope="module")
def puppet(points) -> Puppet:
    return Puppet(*cartoon(points), 256)


def inside(outline: np.ndarray, size: int) -> np.ndarray:
    mask = np.zeros((size, size), np.uint8)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], 255)
    return mask > 0


def test_the_background_is_the_same_to_the_last_bit_and_the_figure_is_not(puppet):
    rest, moved = puppet.draw(REST), puppet.draw(BIG)
    assert rest.shape == (256, 256, 3)
    assert rest.dtype == np.uint8
    assert 0.15 < puppet.background.mean() < 0.8
    assert (rest[puppet.background] == moved[puppet.background]).all()
    assert (rest != moved).any(-1)[~puppet.background].mean() > 0.3


def test_at_rest_it_is_the_still(puppet):
    apart = np.abs(puppet.draw(REST).astype(int) - puppet.still).max(-1)
    assert (apart <= 2).mean() > 0.94          # the figure's outline is made up anew
    face = inside(puppet.mesh[list(fm.OVAL), :2], 256)
    assert apart[cv2.erode(face.astype(np.uint8), np.ones((5, 5))) > 0].max() <= 3


def test_the_same_pose_is_the_same_picture_whatever_came_between(puppet):
    first = puppet.draw(BIG)
    for pose in (REST, Pose(brows=(-1, 1)), Pose(lids=(1, 0))):
        puppet.draw(pose)
    assert (puppet.draw(BIG) == first).all()


def test_the_jaw_opens_the_mouth_and_the_chin_follows(puppet):
    seen = [puppet.geometry(Pose(Mouth(jaw=jaw))) for jaw in (0, 0.25, 0.5, 0.75, 1)]
    gaps = [g.mouth_gap for g in seen]
    assert gaps[0] == 0
    assert (np.diff(gaps) > 0).all()
    assert seen[-1].landmarks[fm.CHIN, 1] > seen[0].landmarks[fm.CHIN, 1] + 1
    wide = puppet.draw(Pose(Mouth(jaw=1)))
    middle = (0.5 * (seen[-1].upper_inner[16] + seen[-1].lower_inner[16])).astype(int)
    assert wide[middle[1], middle[0]].sum() < 0.5 * puppet.draw(REST)[middle[1] + 2, middle[0]].sum()


def test_lips_pressed_together_leave_no_gap(puppet):
    assert puppet.geometry(Pose(Mouth(jaw=1, press=0.6))).mouth_gap == 0


@pytest.mark.parametrize("laugh", [6.0, 14.0])
def test_a_laughing_still_shuts_its_mouth(points, laugh):
    puppet = Puppet(*cartoon(points, laugh), 256)
    assert puppet.geometry(REST).mouth_gap == 0
    was, now = puppet.still, puppet.draw(REST)
    mouth = inside(puppet.mesh[list(fm.LIP_UPPER_INNER), :2] + [0, 4], 256) | inside(puppet.mesh[list(fm.LIP_LOWER_INNER), :2] + [0, 4], 256)
    dark = lambda picture: (picture[mouth].sum(1) < 220).mean()
    assert dark(was) > 0.2
    assert dark(now) < 0.1
    assert puppet.geometry(Pose(Mouth(jaw=1))).mouth_gap > 8


@pytest.mark.parametrize(("less", "more"), [
    (Mouth(jaw=0.5), Mouth(jaw=0.5, width=1)), (Mouth(jaw=0.5, round=1), Mouth(jaw=0.5))])
def test_broad_and_round_change_the_width(puppet, less, more):
    assert puppet.geometry(Pose(less)).mouth_width < 0.93 * puppet.geometry(Pose(more)).mouth_width


@pytest.mark.parametrize("change", [{"width": -1}, {"round": 1}, {"press": 0.3}, {"teeth": 1}, {"tongue": 1}, {"smile": 1}, {"smile": -1}])
def test_every_parameter_of_the_mouth_is_seen(puppet, change):
    mouth = Mouth(jaw=0.6)
    apart = np.abs(puppet.draw(Pose(mouth)).astype(int) - puppet.draw(Pose(replace(mouth, **change)))).max(-1)
    assert (apart > 40).sum() >= 20


def test_corners_go_up_in_a_smile(puppet):
    up, down = (puppet.geometry(Pose(Mouth(smile=smile))).upper_inner for smile in (1, -1))
    assert up[0, 1] < down[0, 1] - 2
    assert up[16, 1] > down[16, 1]


def blue(picture: np.ndarray, area: np.ndarray) -> int:
    part = picture[area].astype(int)
    return int((part[:, 2] > part[:, 0] + 40).sum())


def test_shut_eyes_cover_the_iris_and_half_shut_ones_a_part(puppet):
    area = inside(puppet.mesh[[127, 10, 356, 152], :2], 256)
    counts = [blue(puppet.draw(Pose(lids=(lid, lid))), area) for lid in (0, 0.5, 1)]
    assert counts[0] > 60
    assert 0.15 * counts[0] < counts[1] < 0.85 * counts[0]
    assert counts[2] == 0
    assert puppet.geometry(Pose(lids=(1, 1))).eye_gaps == pytest.approx((0, 0), abs=1e-6)
    one = puppet.geometry(Pose(lids=(1, 0))).eye_gaps
    assert one[0] < 0.01 < 0.2 < one[1]


def test_lids_below_nought_are_as_in_the_still(puppet):
    assert (puppet.draw(Pose(lids=(-1, -0.2))) == puppet.draw(REST)).all()


def test_eyes_shut_in_the_still_stay_so(points):
    puppet = Puppet(*cartoon(points, shut=True), 256)
    assert (puppet.draw(Pose(lids=(1, 1), gaze=(1, 0))) == puppet.draw(REST)).all()


def test_glasses_stay_when_lids_shut(points):
    puppet = Puppet(*cartoon(points, glasses=True), 256)
    rest, shut = puppet.draw(REST).astype(int), puppet.draw(Pose(lids=(1, 1))).astype(int)
    rims = (rest[..., 1] > rest[..., 0] + 40) & (rest[..., 1] > rest[..., 2] + 25) & ~puppet.background
    assert rims.sum() > 150
    assert (np.abs(rest - shut).max(-1)[rims] <= 2).mean() > 0.97


def test_the_gaze_moves_the_iris_aside_without_squashing_it(puppet):
    def middle(pose: Pose) -> tuple[float, int]:
        picture = puppet.draw(pose).astype(int)
        where = np.argwhere((picture[..., 2] > picture[..., 0] + 40) & inside(puppet.mesh[[127, 10, 356, 152], :2], 256))
        return float(where[:, 1].mean()), len(where)
    (left, few), (right, many) = middle(Pose(gaze=(-1, 0))), middle(Pose(gaze=(1, 0)))
    assert right - left > 2
    assert 0.8 < few / many < 1.25


def test_brows_rise_and_leave_none_behind(puppet):
    def height(pose: Pose) -> float:
        picture = puppet.draw(pose).astype(int)
        box = puppet.mesh[[46, 70, 63, 105, 66, 107, 55], :2]
        x0, x1 = int(box[:, 0].min()) + 3, int(box[:, 0].max()) - 3
        y0, y1 = int(box[:, 1].min()) - 8, int(box[1:6, 1].max()) + 2
        rows, _ = np.nonzero(np.abs(picture[y0:y1, x0:x1] - HAIR).max(-1) < 18)
        assert len(rows)
        assert np.ptp(rows) < 14
        return y0 + float(rows.mean())
    assert height(Pose(brows=(1, 1))) < height(REST) - 2


def test_the_head_turns_to_the_sides_that_the_pose_names(puppet):
    rest = puppet.geometry(REST).landmarks
    nose = lambda pose: puppet.geometry(pose).landmarks[fm.NOSE_TIP] - rest[fm.NOSE_TIP]
    assert nose(Pose(yaw=12))[0] > 2
    assert nose(Pose(yaw=-12))[0] < -2
    assert nose(Pose(pitch=8))[1] > 1
    eyes = puppet.geometry(Pose(roll=8)).landmarks[[33, 263]]
    assert np.degrees(np.arctan2(*(eyes[1] - eyes[0])[::-1])) - np.degrees(np.arctan2(*(rest[263] - rest[33])[::-1])) == pytest.approx(8, abs=1)


def test_geometry_is_where_the_picture_shows_it(puppet):
    pose = Pose(Mouth(jaw=1), yaw=10, roll=-6, shift=(0.1, 0.05))
    picture, seen = puppet.draw(pose), puppet.geometry(pose)
    for share in (0.35, 0.6):
        x, y = (seen.upper_inner[16] + share * (seen.lower_inner[16] - seen.upper_inner[16])).round().astype(int)
        assert np.abs(picture[y, x].astype(int) - (80, 20, 30)).max() < 12 or np.abs(picture[y, x].astype(int) - (200, 90, 90)).max() < 12


def test_a_warped_face_stays_sharp(points):
    puppet = Puppet(*cartoon(points), 512)

    def sharpness(pose: Pose) -> float:
        spots = puppet.geometry(pose).landmarks[[168, 197, 5, 4]]
        x0, y0 = spots.min(0).astype(int) - 10
        x1, y1 = spots.max(0).astype(int) + 10
        return float(cv2.Laplacian(cv2.cvtColor(puppet.draw(pose)[y0:y1, x0:x1], cv2.COLOR_RGB2GRAY), cv2.CV_64F).var())
    rest = sharpness(REST)
    ratios = [sharpness(pose) / rest for pose in (Pose(yaw=6), Pose(yaw=-3), Pose(pitch=4), Pose(roll=5), Pose(yaw=4, pitch=-3, roll=2))]
    assert min(ratios) > 0.8
    assert max(ratios) < 1.2


def test_cut_out_is_transparent_around_and_solid_inside(puppet):
    picture = puppet.cut_out(BIG)
    assert picture.shape == (256, 256, 4)
    assert (picture[puppet.background, 3] == 0).all()
    x, y = puppet.geometry(BIG).landmarks[fm.NOSE_BASE].astype(int)
    assert picture[y, x, 3] == 255
    solid = picture[..., 3] == 255
    assert (np.abs(picture[solid][:, :3].astype(int) - puppet.draw(BIG)[solid]) <= 1).all()


def test_the_head_alone_has_no_body(puppet):
    head = puppet.head(Pose(roll=5))
    assert (head.image[-20:, :, 3] == 0).all()
    x, y = head.landmarks[fm.NOSE_BASE].astype(int)
    assert head.image[y, x, 3] == 255
    assert head.face_height == pytest.approx(np.linalg.norm(head.landmarks[10] - head.landmarks[152]), rel=0.3)


def test_poses_beyond_the_limits_and_without_numbers_are_borne(puppet):
    far = Pose(Mouth(jaw=9, width=float("nan")), (7, 7), yaw=400, pitch=-90, roll=float("nan"), shift=(9, -9))
    near = Pose(Mouth(jaw=1), (1, 1), yaw=12, pitch=-8, shift=(0.15, -0.15))
    assert (puppet.draw(far) == puppet.draw(near)).all()


@pytest.mark.parametrize("size", [0, 126, 257, 4096])
def test_sizes_that_cannot_be_drawn_are_named(points, size):
    with pytest.raises(UsageError, match=str(size)):
        Puppet(*cartoon(points), size)


def test_stills_that_are_not_the_rigs_are_refused(points):
    still, rig = cartoon(points)
    for wrong, words in ((still[:400], "rig it again"), (still[..., 0], "three bytes"), (still.astype(np.float32), "three bytes")):
        with pytest.raises(UsageError, match=words):
            Puppet(wrong, rig)
    mesh = ((float("nan"), 0.0, 0.0), *rig.mesh[1:])
    with pytest.raises(UsageError, match="not numbers"):
        Puppet(still, rig.model_copy(update={"mesh": mesh}))
