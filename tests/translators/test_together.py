"""Stills: both networks see every face, and their answers meet in the middle."""

import numpy as np

from booth.frame import Crop, Stylized, frozen
from booth.translators.cpu import OpenVinoTranslator
from booth.translators.manifest import PRINT, load_network
from booth.translators.together import Together
from booth.vision.cropper import Cropper

AFFINE = np.float32([[1, 0, 0], [0, 1, 0]])


class Flat:
    """Answers every crop with one value, at the size it is looked at."""

    name = "flat"

    def __init__(self, value):
        self.value, self.sizes = value, []

    def translate(self, crops):
        self.sizes += [c.image.shape for c in crops]
        layers = [np.full((*c.image.shape[:2], 4), self.value, np.uint8) for c in crops]
        return [Stylized(c.track_id, c.affine, x, x, np.full(4, self.value / 200, np.float32)) for c, x in zip(crops, layers, strict=True)]

    def close(self):
        pass


def test_the_mean_of_both_at_the_finer_size():
    fine, coarse = Flat(200), Flat(100)
    both = Together(fine, coarse, 256)
    out, = both.translate([Crop(1, frozen(np.zeros((512, 512, 3), np.uint8)), AFFINE)])
    assert fine.sizes == [(512, 512, 3)]
    assert coarse.sizes == [(256, 256, 3)]
    assert out.areas.shape == (512, 512, 4)
    assert (out.areas == 150).all()
    assert (out.maps[..., 2] == 200).all()                        # a beard that one of them sees is a beard
    assert (out.maps[..., 3] == 150).all()
    assert np.allclose(out.traits, 0.75)
    assert both.name == "flat"
    assert both.translate([]) == []


def test_the_shipped_print_network_agrees_with_the_live_one(photo, face):
    """Where the live network is sure of head and hair, so is the print network: they were taught the same."""
    fine, live = load_network(PRINT), load_network()
    assert fine.size == 512
    engines = [OpenVinoTranslator(n) for n in (fine, live)]
    a, b = (e.translate([Cropper().cut(photo, face, n.size)])[0] for e, n in zip(engines, (fine, live), strict=True))
    small = a.areas[::2, ::2].astype(int)
    sure = (b.areas[..., 0] > 240) | (b.areas[..., 0] < 15)
    assert (np.abs(small - b.areas)[..., 0][sure] < 128).mean() > 0.97
    for engine in engines:
        engine.close()
