"""The bench measures what it says. How fast anything is, is no test's business."""

import numpy as np
import pytest

from booth.bench import floors, table
from booth.bench.live import Prepared, live
from booth.bench.soak import _growth
from booth.bench.yardstick import generator, multiply_adds, parameters
from booth.quality import LEVELS
from booth.translators.passthrough import PassthroughTranslator


def test_the_yardstick_has_the_published_size():
    model = generator()
    assert parameters(model) == pytest.approx(2.1e6, rel=0.05)
    assert multiply_adds(model) == pytest.approx(26e9, rel=0.05)
    assert list(model.outputs[0].get_shape()) == [1, 3, 256, 256]


def test_floors_are_lower_for_less_care_and_never_nothing():
    peak = floors.Peak(bytes_s=1e10, half_s=1e11, single_s=5e10)
    full, least = (floors.floors_ms(peak, 4, level, 1) for level in (LEVELS[0], LEVELS[-1]))
    assert all(v > 0 for v in full.values())
    for stage in ("room", "translate", "landmarks", "crop"):
        assert least[stage] < full[stage]
    assert full["translate"] == pytest.approx(0.75e9 / 1e11 * 1e3, rel=0.35)


def test_the_live_bench_runs_the_booth_itself(demo):
    pictures = [demo.picture_at(k / 15) for k in range(10)]
    found = live(pictures, 30.0, PassthroughTranslator, seconds=2.0, settle_s=0.5)
    assert found["fps"] > 0
    assert found["care"] in {level.name for level in LEVELS}
    assert found["p95_ms"] > 0
    assert "paint" in found["stages_ms"]


def test_prepared_pictures_come_in_order_again_and_again():
    pictures = [np.full((2, 2, 3), k, np.uint8) for k in range(3)]
    camera = Prepared(pictures, 1000.0)
    camera.open()
    assert [int(camera.read()[0, 0, 0]) for _ in range(5)] == [1, 2, 0, 1, 2]


@pytest.mark.parametrize(("slope", "ok"), [(0.2, True), (3.0, False)])
def test_a_soak_knows_growth_when_it_sees_it(slope, ok):
    samples = [{"at_s": k * 5.0, "rss_mib": 500 + slope * k / 12, "threads": 9, "handles": 20, "p95_ms": 60.0, "composited": k, "dropped": 0}
               for k in range(120)]
    found = _growth(samples)
    assert found["ok"] is ok
    assert found["rss_slope_mib_min"]["well"] == pytest.approx(slope, abs=0.01)
    assert found["rss_slope_mib_min"]["with_faults"] == pytest.approx(slope, abs=0.01)
    step = [s | {"rss_mib": s["rss_mib"] + 60 * (i >= 60)} for i, s in enumerate(samples)]
    assert _growth(step)["ok"] is ok                               # what is loaded at the first fault is no growth
    assert _growth([s | {"threads": 9 + i // 30} for i, s in enumerate(samples)])["ok"] is False


def test_the_table_names_what_was_measured():
    run = {"fps": 30.0, "p95_ms": 70.0, "faces": 4.0, "care": "full", "stages_ms": {"paint": 14.0}}
    text = table({
        "machine": "m", "engine": "cpu", "live_1080p_4_faces": run, "live_480p_2_faces": run, "levels": {"full": {"fps": 1.0, "p95_ms": 2.0}},
        "still_1080p_ms": 1.0, "clip_1min_1080p_s": 2.0, "face_ms": 3.0, "face_network_ms": 1.0, "yardstick_face_ms": 60.0,
        "yardstick_ratio": 20.0, "yardstick_network_ratio": 60.0, "first_frame_s": 1.0, "rss_mib": 500.0,
        "stages_ms": {"paint": 14.0, "x": 1.0}, "floors_ms": {"paint": 0.5}, "demo_camera_ms": 5.0,
        "peak": {"copy_gb_s": 1, "half_gmac_s": 2, "single_gmac_s": 1}})
    assert "paint           14.00     0.50     28.0" in text
    assert "20.0 times the face" in text
