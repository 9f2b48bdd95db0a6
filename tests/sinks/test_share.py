import base64
import contextlib
import http.client
import io
import json
import shutil
import socket
import subprocess
import time
from ipaddress import ip_address
from urllib.parse import urlsplit

import av
import numpy as np
import pytest
from PIL import Image

from booth.brand import Brand
from booth.errors import SessionUnknown, ShareUnusable
from booth.sinks import Budget, ShareSettings
from booth.sinks.index import About, Consent
from booth.sinks.share import HEADERS, Limit, Share, url_host
from booth.sinks.store import Store
from tests.sinks.test_store import SMALL, Clock

HOME = "127.0.0.1"
TITLES = {"ko": "오늘의 웹툰 네컷", "en": "Your webtoon four-cut", "ja": "きょうのウェブトゥーン4コマ"}


def picture(kind: str, size=(120, 360)) -> bytes:
    data = io.BytesIO()
    frames = [Image.new("RGB", size, colour) for colour in ("tomato", "gold")]
    frames[0].save(data, kind, **({"save_all": True, "append_images": frames[1:], "duration": 200, "loop": 0} if kind == "GIF" else {}))
    return data.getvalue()


def film() -> bytes:
    data = io.BytesIO()
    with av.open(data, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for level in range(0, 250, 25):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((64, 64, 3), level, np.uint8), format="rgb24")))
        out.mux(stream.encode())
    return data.getvalue()


@pytest.fixture
def clock():
    return Clock(time.time())


@pytest.fixture
def store(tmp_path, clock):
    store = Store(tmp_path / "kept", SMALL, clock)
    store.repair()
    yield store
    store.close()


@pytest.fixture
def share(store):
    share = Share(store, ShareSettings(host=HOME, port=0))
    share.start()
    yield share
    share.stop()


@pytest.fixture
def kept(store):
    draft = store.begin()
    draft.add("four.png", picture("PNG"), "strip")
    draft.add("shot-1.png", picture("PNG"), "cut")
    draft.add("loop.gif", picture("GIF", (160, 120)), "moving")
    kept = draft.confirm(About(characters=("romance",), layout="classic", consent=Consent(photo=True, voice=True), language="ja"))
    return store.add(kept.manifest.id, "talk.mp4", film(), "clip")


def ask(url: str, method: str = "GET", path: str | None = None, **headers: str):
    """The answer to a raw request: ``path`` goes over the wire as it is."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    with contextlib.closing(connection):
        connection.request(method, parts.path if path is None else path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        answer.body = answer.read()
        return answer


def test_the_page_shows_the_session_in_the_phones_language(share, kept):
    url = share.publish(kept.manifest.id)
    for wish, language in (("ko-KR,ko;q=0.9,en;q=0.8", "ko"), ("en-GB", "en"), ("fr,ja;q=0.7,en;q=0.3", "ja"), ("fr", "ja"), ("x;q=?,ko", "ko")):
        answer = ask(url, accept_language=wish)
        text = answer.body.decode()
        assert answer.status == 200
        assert TITLES[language] in text
        assert f'<html lang="{language}">' in text
    for name in ("toonbooth-strip.png", "toonbooth-moving.gif", "toonbooth-clip.mp4"):
        assert name in text
    assert kept.manifest.id not in text
    assert "shot-1" not in text


def test_the_page_has_the_events_logo_and_accent(share, kept):
    url, sheet = share.publish(kept.manifest.id), "/-/page.css"
    assert ask(url, path="/-/logo.png").status == 404
    plain = ask(url, path=sheet).body
    share.brand = Brand('"Toon" & Fair', (255, 224, 0), Image.new("RGBA", (300, 100), "navy"))
    page = ask(url).body.decode()
    assert '<img src="/-/logo.png" alt="&quot;Toon&quot; &amp; Fair">' in page
    logo = ask(url, path="/-/logo.png")
    assert logo.headers["content-type"] == "image/png"
    assert Image.open(io.BytesIO(logo.body)).size == (468, 156)
    css = ask(url, path=sheet).body
    assert css.startswith(plain)
    assert b"--accent: #ffe000; --on-accent: #1d1a1a" in css
    assert 'class="mark logo"' in ask(url, path="/nobody").body.decode()


def test_the_page_is_light(share, kept):
    url = share.publish(kept.manifest.id)
    parts = [ask(url), *(ask(url, path=f"/-/{name}") for name in ("page.css", "page.js", "mark.svg"))]
    assert [part.status for part in parts] == [200] * 4
    assert sum(len(part.body) for part in parts) < 30_000


def test_files_come_whole_under_friendly_names(share, kept):
    url = share.publish(kept.manifest.id)
    strip = ask(f"{url}/toonbooth-strip.png")
    assert strip.body == (kept.folder / "four.png").read_bytes()
    assert strip.headers["content-type"] == "image/png"
    assert strip.headers["content-disposition"] == 'inline; filename="toonbooth-strip.png"'
    saved = ask(url, path=f"{urlsplit(url).path}/toonbooth-clip.mp4?save")
    assert saved.headers["content-disposition"] == 'attachment; filename="toonbooth-clip.mp4"'
    head = ask(f"{url}/toonbooth-strip.png", "HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(strip.body)))


def test_a_phone_may_ask_for_a_part_of_a_film(share, kept):
    url, whole = f"{share.publish(kept.manifest.id)}/toonbooth-clip.mp4", (kept.folder / "talk.mp4").read_bytes()
    for asked, part in (("bytes=0-1", whole[:2]), ("bytes=100-", whole[100:]), ("bytes=-50", whole[-50:])):
        answer = ask(url, range=asked)
        assert (answer.status, answer.body) == (206, part)
    assert ask(url, range="bytes=0-1").headers["content-range"] == f"bytes 0-1/{len(whole)}"
    beyond = ask(url, range=f"bytes={len(whole)}-")
    assert beyond.status == 416


def test_only_the_hash_of_a_token_is_kept(share, kept, store):
    url = share.publish(kept.manifest.id)
    token = urlsplit(url).path[1:]
    assert len(token) == 32
    for file in (f for f in store.root.rglob("*") if f.is_file()):
        assert token.encode() not in file.read_bytes()
    assert share.publish(kept.manifest.id) != url
    assert ask(url).status == 200
    with pytest.raises(SessionUnknown):
        share.publish("2026-01-01_000000_nobody")


def test_guessed_tokens_find_nothing(share, kept):
    url = share.publish(kept.manifest.id)
    token = urlsplit(url).path
    near = [token[:-1] + letter for letter in "ABCDEF" if letter != token[-1]]
    answers = [ask(url, path=path) for path in [*near, token.swapcase(), token[:-1], token + "A", "/" + "A" * 32, f"/{kept.manifest.id}", "/%00"]]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.body for answer in answers}) == 1        # nothing tells how near a guess was


@pytest.mark.parametrize("paths", [
    ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/-/page.html", "/-/..%2fpage.html", "/-/", "/", "/index.sqlite"],
    ["{}/../manifest.json", "{}/..%2fmanifest.json", "{}/%2e%2e/index.sqlite", "{}/manifest.json", "{}/four.png", "{}/shot-1.png", "{}/",
     "{}//etc/passwd", "{}/toonbooth-strip.png%00", "{}/toonbooth-strip.png/..%2fmanifest.json"]])
def test_no_other_path_is_served(share, kept, paths):
    url = share.publish(kept.manifest.id)
    assert {path: ask(url, path=path.format(urlsplit(url).path)).status for path in paths} == dict.fromkeys(paths, 404)


def test_only_get_head_and_post(share, kept):
    url = share.publish(kept.manifest.id)
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"):
        assert ask(url, method).status == 405
    assert ask(f"{url}/delete").status == 404
    assert ask(url, "POST").status == 405
    assert ask(url).status == 200


def test_every_answer_is_strict(share, kept):
    url = share.publish(kept.manifest.id)
    for path in ("", "/toonbooth-strip.png", "/nothing"):
        answer = ask(url + path)
        for name, value in HEADERS.items():
            assert answer.headers.get_all(name) == [value], (path, name)
        assert answer.headers["server"] is None
    assert b"<script>" not in ask(url).body
    assert b"style=" not in ask(url).body


def test_delete_mine_now(share, kept, store):
    url = share.publish(kept.manifest.id)
    answer = ask(f"{url}/delete", "POST", accept_language="en")
    assert answer.status == 200
    assert "All gone" in answer.body.decode()
    assert store.sessions() == []
    assert not kept.folder.exists()
    assert ask(url).status == ask(f"{url}/toonbooth-strip.png").status == ask(f"{url}/delete", "POST").status == 404
    assert json.loads((store.root / "purges.log").read_text())["why"] == "visitor"


def test_a_broken_disk_is_said_kindly(share, kept, store, caplog):
    url = share.publish(kept.manifest.id)
    shutil.rmtree(store.root)
    answer = ask(f"{url}/delete", "POST", accept_language="en")
    assert answer.status == 503
    assert "One moment" in answer.body.decode()
    assert "check the disk" in caplog.text


def test_a_link_ends(tmp_path, clock):
    store = Store(tmp_path, Budget(session_mib=0.25, spare_mib=0.0, keep_h=72.0), clock)
    share = Share(store, ShareSettings(host=HOME, port=0, link_h=24.0))
    share.start()
    draft = store.begin()
    draft.add("four.png", picture("PNG"), "strip")
    kept = draft.confirm(About(characters=("romance",), layout="classic", consent=Consent(photo=True), language="ko"))
    url = share.publish(kept.manifest.id)
    clock.at += 23 * 3600
    assert ask(url).status == 200
    clock.at += 2 * 3600
    ended = ask(url)
    assert (ended.status, ask(f"{url}/toonbooth-strip.png").status, ask(f"{url}/delete", "POST").status) == (410, 410, 410)
    assert ended.body == ask(f"{url}x").body            # the same words as for a link that never was
    assert ask(share.publish(kept.manifest.id)).status == 200
    clock.at += 72 * 3600
    store.purge_expired()
    assert ask(url).status == 404
    share.stop()
    store.close()


def test_one_phone_cannot_ask_without_end(share, kept, monkeypatch):
    monkeypatch.setattr(Limit, "RATE", 0.1)                             # else a machine slow enough is never refused
    url = share.publish(kept.manifest.id)
    answers = [ask(url, path=f"/guess{number}") for number in range(40)]
    assert [a.status for a in answers[:15]] == [404] * 15
    assert answers[-1].status == 429
    assert answers[-1].headers["retry-after"]
    assert ask(url).status == 429


def test_the_limit_remembers_a_bounded_number_of_addresses():
    limit = Limit(most=100)
    for number in range(1000):
        assert limit.spend(f"10.0.{number // 256}.{number % 256}", 1.0)
    assert len(limit) == 100


def test_a_taken_port_is_said(store):
    with socket.socket() as other:
        other.bind((HOME, 0))
        other.listen()
        with pytest.raises(ShareUnusable, match="set another port"):
            Share(store, ShareSettings(host=HOME, port=other.getsockname()[1])).start()


def test_it_stops_and_starts_again_on_its_port(store, kept):
    with socket.socket() as free:
        free.bind((HOME, 0))
        port = free.getsockname()[1]
    share = Share(store, ShareSettings(host=HOME, port=port))
    for _ in range(2):
        share.start()
        with socket.create_connection((HOME, port), 5):     # a phone that says nothing holds nothing up
            assert ask(share.publish(kept.manifest.id)).status == 200
            began = time.monotonic()
            share.stop()
            assert time.monotonic() - began < 5
    with pytest.raises(ShareUnusable, match="start it"):
        share.publish(kept.manifest.id)
    share.stop()


def test_the_address_in_the_qr_is_one_that_phones_reach():
    try:
        host = url_host()
    except ShareUnusable:
        pytest.skip("this machine is in no network")
    assert not ip_address(host).is_loopback
    with socket.socket() as own:
        own.bind((host, 0))                             # it is an address of this machine


class Browser:
    """Headless Chromium as a phone, through chromedriver's own protocol."""

    def __init__(self, language: str) -> None:
        with socket.socket() as free:
            free.bind((HOME, 0))
            self._port = free.getsockname()[1]
        self._driver = subprocess.Popen([shutil.which("chromedriver"), f"--port={self._port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection((HOME, self._port), 1).close()
                break
            except OSError:
                assert time.monotonic() < until, "chromedriver did not start"
                time.sleep(0.05)
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
                     "--no-first-run", "--disable-component-update", "--no-proxy-server", f"--accept-lang={language}"]
        phone = {"deviceMetrics": {"width": 390, "height": 844, "pixelRatio": 2.0}}
        wanted = {"goog:chromeOptions": {"args": arguments, "mobileEmulation": phone}, "goog:loggingPrefs": {"browser": "ALL"}}
        self._session = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def open(self, url: str) -> None:
        self._do("POST", "url", {"url": url})

    def run(self, script: str):
        return self._do("POST", "execute/sync", {"script": f"return {script}", "args": []})

    def click(self, selector: str) -> None:
        element = self._do("POST", "element", {"using": "css selector", "value": selector})
        self._do("POST", f"element/{next(iter(element.values()))}/click", {})

    def wait(self, script: str) -> None:
        """Until ``script`` is true, for at most 10 s: a tap that leaves the page does not wait for the next one."""
        until = time.monotonic() + 10
        while not self.run(script):
            assert time.monotonic() < until, script
            time.sleep(0.02)

    def screenshot(self) -> bytes:
        return base64.b64decode(self._do("GET", "screenshot"))

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self._do("POST", "se/log", {"type": "browser"})]

    def close(self) -> None:
        with contextlib.suppress(AttributeError, AssertionError, OSError):
            self._call("DELETE", f"/session/{self._session}")
        self._driver.terminate()
        self._driver.wait(20)

    def _do(self, method: str, what: str, body: dict | None = None):
        return self._call(method, f"/session/{self._session}/{what}", body)

    def _call(self, method: str, path: str, body: dict | None = None):
        connection = http.client.HTTPConnection(HOME, self._port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            value = json.loads(answer.read())["value"]
            assert answer.status == 200, value
            return value


@pytest.fixture
def browser(request):
    if not (shutil.which("chromedriver") and shutil.which("chromium")):
        pytest.skip("needs chromium and chromium-driver")
    browser = Browser(request.param)
    yield browser
    browser.close()


@pytest.mark.parametrize("browser", ["ko", "en", "ja"], indirect=True)
def test_in_a_browser(request, browser, share, kept, store):
    language = request.node.callspec.params["browser"]
    url = share.publish(kept.manifest.id)
    browser.open(url)
    assert browser.run("document.title") == f"{TITLES[language]} · Toonbooth"
    assert browser.run("[...document.querySelectorAll('.panel img')].map(i => [i.complete, i.naturalWidth])") == [[True, 120], [True, 160]]
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
    assert browser.run("getComputedStyle(document.body).backgroundColor") == "rgb(251, 244, 228)"
    play = "new Promise((yes, no) => { const v = document.querySelector('video'); v.oncanplay = () => yes(v.videoWidth); v.onerror = no; v.load() })"
    assert browser.run(play) == 64
    assert not browser.run("document.querySelector('form button').checkVisibility()")
    browser.click("summary")
    assert store.sessions() != []                       # the first tap only asks
    browser.click("form button")
    browser.wait("!!document.querySelector('.note.deleted h1')")
    assert store.sessions() == []
    assert browser.complaints() == []
    browser.open(url)
    browser.wait("!!document.querySelector('.note.gone h1')")
