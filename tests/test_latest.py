import threading

from booth.latest import Latest


def test_newest_wins_and_the_rest_is_counted():
    box = Latest()
    for n in range(5):
        box.put(n)
    assert box.take(0) == 4
    assert box.dropped == 4
    assert box.take(0) is None
    assert box.peek() == 4


def test_take_waits_for_put():
    box, got = Latest(), []
    reader = threading.Thread(target=lambda: got.append(box.take(5)))
    reader.start()
    box.put("x")
    reader.join(5)
    assert got == ["x"]
    assert box.dropped == 0
