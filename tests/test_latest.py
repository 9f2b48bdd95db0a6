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


def test_who_would_rather_wait_than_replace_waits_until_it_is_taken():
    box = Latest()
    assert box.wait_until_taken(0)
    box.put(1)
    assert box.fresh
    assert not box.wait_until_taken(0.01)
    reader = threading.Thread(target=lambda: box.take(5))
    reader.start()
    assert box.wait_until_taken(5)
    reader.join(5)
    assert not box.fresh
