"""Each measure tells good from bad, and is exact where the answer is known."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from models.evaluate import measures as m


def moved(image, dx, dy):
    return cv2.warpAffine(image, np.float32([[1, 0, dx], [0, 1, dy]]), image.shape[1::-1], borderMode=cv2.BORDER_REFLECT)


@pytest.fixture(scope="module")
def small():
    return cv2.resize(astronaut()[:256, 120:376], (128, 128), interpolation=cv2.INTER_AREA)


def test_ita_of_known_colours():
    assert m.ita(np.float32([60, 10, 10])) == pytest.approx(45)
    assert m.ita(np.float32([40, 10, 10])) == pytest.approx(-45)
    assert m.ita(np.float32([70, 0, 0])) == pytest.approx(90)


def test_each_monk_tone_is_its_own_nearest():
    for number, tone in enumerate(m.MONK, 1):
        lab = m.to_lab(np.array([[list(bytes.fromhex(tone))]], np.uint8))[0, 0]
        assert m.monk_tone(m.ita(lab)) == number


def test_delta_e_is_nought_for_the_same_and_knows_the_published_pair():
    assert m.delta_e([50, 10, 10], [50, 10, 10]) == 0
    assert m.delta_e([50, 2.6772, -79.7751], [50, 0, -82.7485]) == pytest.approx(2.0425, abs=1e-4)      # Sharma et al. 2005, pair 1


def test_line_fit_finds_slope_and_offset_or_nothing():
    x = np.array([-20.0, 0, 30, 55])
    assert m.line_fit(x, 0.65 * x + 29) == pytest.approx((0.65, 29))
    assert m.line_fit(x[:2], x[:2]) is None
    assert m.line_fit(np.ones(5), np.arange(5.0)) is None


def test_pearson_of_same_opposite_and_constant():
    x = np.array([0.1, 0.3, 0.2, 0.05])
    assert m.pearson(x, 2 * x + 1) == pytest.approx(1)
    assert m.pearson(x, -x) == pytest.approx(-1)
    assert m.pearson(x, np.ones(4)) is None


def test_wilson_knows_the_textbook_interval_and_nothing_from_nobody():
    half = m.wilson(5, 10)
    assert (half["rate"], half["low"], half["high"]) == pytest.approx((0.5, 0.2366, 0.7634), abs=1e-4)
    assert m.wilson(0, 20)["low"] == pytest.approx(0, abs=1e-12)
    assert 0.1 < m.wilson(0, 20)["high"] < 0.2
    assert m.wilson(0, 0)["rate"] is None


def test_flow_follows_a_shift_and_warping_undoes_it(small):
    after = moved(small, 3, -2)
    flow, sure = m.optical_flow(small, after)
    inner = np.zeros_like(sure)
    inner[16:-16, 16:-16] = True
    assert np.median(flow[inner], 0) == pytest.approx([3, -2], abs=0.3)
    assert (sure & inner).sum() > 0.8 * inner.sum()
    followed = m.warp_error(small, after, flow, sure & inner)
    ignored = m.warp_error(small, after, np.zeros_like(flow), sure & inner)
    assert followed < 0.2 * ignored
    assert m.warp_error(small, small, np.zeros_like(flow), inner) == 0
    assert m.warp_error(small, small, flow, np.zeros_like(sure)) is None


def test_what_comes_into_the_picture_is_not_believed(small):
    after = small.copy()
    after[40:90, 40:90] = np.random.default_rng(0).integers(0, 255, (50, 50, 3), np.uint8)
    _, same = m.optical_flow(small, small)
    _, sure = m.optical_flow(small, after)
    assert same.mean() > 0.95
    assert sure[45:85, 45:85].mean() < 0.7


def test_gradient_energy_grows_with_edges_and_is_nought_without(small):
    assert m.gradient_energy(np.full((8, 8, 3), 99, np.uint8)) == 0
    assert m.gradient_energy(cv2.GaussianBlur(small, (0, 0), 2)) < 0.5 * m.gradient_energy(small)


def test_flicker_is_the_deviation_of_lightness(small):
    rng = np.random.default_rng(0)
    noisy = [(small + rng.normal(0, 4, small.shape)).clip(0, 255).astype(np.uint8) for _ in range(12)]
    assert m.flicker([small] * 12) == pytest.approx(0, abs=1e-4)
    assert 0.5 < m.flicker(noisy) < 3
    black, white = (np.full((4, 4, 3), v, np.uint8) for v in (0, 255))
    assert m.flicker([black, white]) == pytest.approx(50, abs=0.1)


@pytest.mark.parametrize("shift", [(1, 0), (0, 5)])
def test_shift_psnr_rewards_answers_that_move_along(small, shift):
    layers = np.dstack([small, small[..., :1]])
    along = np.roll(layers, shift[::-1], (0, 1))
    assert m.shift_psnr(layers, along, shift) == 99
    assert m.shift_psnr(layers, layers, shift) < 35


def test_iou_of_halves_and_of_nothing():
    a, b = np.zeros((4, 4), bool), np.zeros((4, 4), bool)
    assert m.iou(a, b) is None
    a[:2], b[1:3] = True, True
    assert m.iou(a, b) == pytest.approx(1 / 3)
    assert m.iou(a, a) == 1


def strokes(at=32, blur=0.0):
    image = np.full((64, 64, 3), 220, np.uint8)
    image[8:56, at:at + 2] = 40
    image[:, 50:] = 90                                          # an area, no line
    return cv2.GaussianBlur(image, (0, 0), blur) if blur else image


def test_lines_are_thin_dark_things_only():
    found = m.lines(strokes())
    assert found[10:54, 32:34].all()
    assert not found[:, 52:60].any()
    assert not found[:, :28].any()


def test_line_f1_allows_one_pixel_and_no_more():
    truth = m.lines(strokes())
    assert m.line_f1(truth, truth) == 1
    assert m.line_f1(m.lines(strokes(33)), truth) > 0.95
    assert m.line_f1(m.lines(strokes(36)), truth) < 0.3
    assert m.line_f1(np.zeros_like(truth), truth) == 0
    assert m.line_f1(np.zeros_like(truth), np.zeros_like(truth)) is None


def test_sharpness_is_one_for_the_same_and_less_when_blurred():
    mask = cv2.dilate(m.lines(strokes()).astype(np.uint8), np.ones((3, 3))) > 0
    assert m.sharpness(strokes(), strokes(), mask) == 1
    assert m.sharpness(strokes(blur=2), strokes(), mask) < 0.7
    assert m.sharpness(strokes(), np.full_like(strokes(), 9), mask) is None


def test_ssim_is_one_for_the_same(small):
    everywhere = np.ones(small.shape[:2], bool)
    assert m.ssim(small, small, everywhere) == pytest.approx(1)
    assert m.ssim(small, np.ascontiguousarray(small[::-1]), everywhere) < 0.6


def test_a_hard_step_along_the_border_is_a_seam_and_a_soft_one_is_none():
    band, size = 12, 128
    change = np.zeros((size + 2 * band,) * 2, np.float32)
    inside = np.ones(change.shape, bool)
    assert m.seam(change, inside, band) == 0
    change[40:80, band:60] = 30                                 # 40 of 128 rows of the left side
    assert m.seam(change, inside, band) == pytest.approx(40 / size, abs=0.05)
    assert m.seam(cv2.GaussianBlur(change, (0, 0), 8), inside, band) == 0
    inside[:, :band + 4] = False                                # the photo ends there
    assert m.seam(change, inside, band) == 0
