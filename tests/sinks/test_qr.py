import cv2
import numpy as np
import pytest

from booth.errors import UsageError
from booth.sinks.qr import qr_image

URL = "http://192.168.100.200:8080/3q2-7wAAAAbCdEfGhIjKlMnOpQrStUvWx"


@pytest.mark.parametrize("side", [180, 400, 777])
def test_a_phone_reads_it(side):
    picture = qr_image(URL, side)
    assert picture.shape == (side, side, 3)
    assert picture.dtype == np.uint8
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == URL


def test_modules_are_whole_pixels_inside_a_quiet_zone():
    picture = qr_image(URL, 500)
    assert set(np.unique(picture)) == {0, 255}
    rows, columns = np.nonzero(picture[..., 0] == 0)
    top, left = rows.min(), columns.min()
    finder = int(np.argmax(picture[top, left:, 0] == 255))          # seven black modules in a row
    scale = finder // 7
    assert finder % 7 == 0
    assert min(top, left, 499 - rows.max(), 499 - columns.max()) >= 4 * scale


def test_what_does_not_fit_is_said():
    with pytest.raises(UsageError, match="too small"):
        qr_image(URL, 30)
    with pytest.raises(UsageError, match="too many"):
        qr_image("x" * 5000, 500)
