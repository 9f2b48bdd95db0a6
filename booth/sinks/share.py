"""A page for the visitor's phone, on the venue's own network: one session behind one link that nobody can guess.

Only the link's hash is kept. Nothing else is served: no list, no path of the disk; a file's name is looked up in the manifest.
"""

from __future__ import annotations

import hashlib
import html
import io
import logging
import secrets
import socket
import string
import threading
import time
import tomllib
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import psutil
import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from booth import resources
from booth.brand import Brand, css, sized, text_on
from booth.errors import BoothError, SessionUnknown, ShareUnusable
from booth.sinks import ShareSettings
from booth.sinks.index import Entry, utc
from booth.sinks.store import Kept, Store
from booth.texts import LANGUAGES

log = logging.getLogger(__name__)

IMAGES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif"}
FILMS = {".mp4": "video/mp4", ".webm": "video/webm"}
SHOWN = ("strip", "moving", "clip", "video")
LOOK = {"page.css": "text/css", "page.js": "text/javascript", "mark.svg": "image/svg+xml"}
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; script-src 'self'; "
                               "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow, noarchive",
}
START_S, STOP_S = 10.0, 5.0
PAPER = (251, 244, 228)
"""Of the page, as its sheet has it."""
LOGO_PX = (660, 156)
"""Three times as fine as it is shown, for phones' screens."""


class Share:
    """The server, in a thread of its own. ``start`` it, ``publish`` sessions, ``stop`` it. ``brand`` may be replaced at any time."""

    def __init__(self, store: Store, settings: ShareSettings | None = None, brand: Brand | None = None) -> None:
        self._store, self.brand = store, brand or Brand()
        self._settings = settings or ShareSettings()
        self._socket: socket.socket | None = None
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Returns when phones can connect. Raises ``ShareUnusable``."""
        self._socket = _listen(self._settings.host, self._settings.port)
        site = Site(self._store, lambda: self.brand)
        config = uvicorn.Config(guard(site.app(), Limit()), http="h11", ws="none", loop="asyncio", lifespan="off", log_config=None,
                                access_log=False, server_header=False, proxy_headers=False, limit_concurrency=200,
                                timeout_keep_alive=5, timeout_graceful_shutdown=2, h11_max_incomplete_event_size=16384)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="share", daemon=True)
        self._thread.start()
        until = time.monotonic() + START_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > until:
                self.stop()
                raise ShareUnusable("the page for phones did not start; see the log")
            self._thread.join(0.01)

    def stop(self) -> None:
        """Let running answers end, for at most 2 s. Again: nothing."""
        if self._server is None or self._thread is None or self._socket is None:
            return
        self._server.should_exit = True
        self._thread.join(STOP_S)
        if self._thread.is_alive():
            self._server.force_exit = True
            self._thread.join(STOP_S)
        self._socket.close()
        self._server = self._thread = self._socket = None

    @property
    def alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @property
    def address(self) -> str:
        """``http://host:port``, as phones reach it. Raises ``ShareUnusable``."""
        if self._socket is None:
            raise ShareUnusable("the page for phones is not running; start it first")
        host, port = self._settings.host, self._socket.getsockname()[1]
        return f"http://{self._settings.public_host or (url_host() if host in ('', '0.0.0.0') else host)}:{port}"

    def publish(self, session_id: str) -> str:
        """A new link to a session, for the QR; earlier ones stay good. Raises ``SessionUnknown``, ``ShareUnusable``, ``StorageFull``."""
        address, token = self.address, secrets.token_urlsafe(24)
        self._store.link(session_id, _hash(token), self._settings.link_h)
        return f"{address}/{token}"


def url_host() -> str:
    """This machine's address in the venue's network; nothing is sent. Raises ``ShareUnusable``."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))     # UDP: only asks the routing table; an address reserved for documents
            routed = probe.getsockname()[0]
        except OSError:
            routed = ""                         # no way out: a network without a router, or none
    up = [name for name, state in psutil.net_if_stats().items() if state.isup]
    found = [a.address for name in sorted(up) for a in psutil.net_if_addrs().get(name, []) if a.family == socket.AF_INET]
    for host in (routed, *sorted(found, key=lambda host: not ip_address(host).is_private)):
        if host and not ip_address(host).is_loopback and not ip_address(host).is_link_local:
            return host
    raise ShareUnusable("this machine is in no network; plug in its cable or join the booth's Wi-Fi")


class Site:
    """The pages: ``/token`` · ``/token/file`` (``?save`` to download) · POST ``/token/delete`` · ``/-/page.css`` and the like."""

    def __init__(self, store: Store, brand: Callable[[], Brand]) -> None:
        self._store, self._brand = store, brand
        self._folder = resources.assets() / "share"
        self._pages = _Pages(self._folder)

    def app(self) -> ASGIApp:
        app = Starlette(exception_handlers={HTTPException: self._refused, BoothError: self._failed}, routes=[
            Route("/-/{name}", self._look),
            Route("/{token}", self._page),
            Route("/{token}/delete", self._delete, methods=["POST"]),
            Route("/{token}/{name}", self._file),
        ])
        app.router.redirect_slashes = False
        return app

    def _find(self, request: Request) -> tuple[Kept, datetime]:
        """The session and when its page ends. Looked up by hash: how long that takes says nothing about the token."""
        token_sha256 = _hash(request.path_params["token"])
        kept = self._store.by_link(token_sha256)
        ends = [link.expires_at for link in kept.manifest.links if link.token_sha256 == token_sha256] if kept else []
        if kept is None or not ends:
            raise HTTPException(404)
        if utc(self._store.now()) >= min(ends):
            raise HTTPException(410)
        return kept, min(ends)

    def _page(self, request: Request) -> Response:
        kept, ends = self._find(request)
        language = _language(request, kept.manifest.language)
        return self._pages.session(language, self._brand(), request.path_params["token"], _shown(kept), ends.astimezone())

    def _file(self, request: Request) -> Response:
        kept, _ = self._find(request)
        public = request.path_params["name"]
        for name, entry, media_type in _shown(kept):
            if name == public and (path := kept.folder / entry.name).is_file():
                disposition = "attachment" if "save" in request.query_params else "inline"
                return FileResponse(path, media_type=media_type, filename=public, content_disposition_type=disposition)
        raise HTTPException(404)

    def _delete(self, request: Request) -> Response:
        """The token in the address is the secret, so no other site can make a phone send this."""
        kept, _ = self._find(request)
        try:
            self._store.delete(kept.manifest.id, "visitor")
        except SessionUnknown as error:         # a second tap was quicker
            raise HTTPException(404) from error
        return self._pages.note(_language(request, kept.manifest.language), self._brand(), "deleted", 200)

    def _look(self, request: Request) -> Response:
        name, brand = request.path_params["name"], self._brand()
        if name == "logo.png" and brand.logo is not None:
            return Response(_png(sized(brand.logo, *LOGO_PX, PAPER)), media_type="image/png")
        if name not in LOOK:
            raise HTTPException(404)
        data = (self._folder / name).read_bytes()
        if name == "page.css" and brand.accent is not None:
            data += f":root {{ --accent: {css(brand.accent)}; --on-accent: {css(text_on(brand.accent))}; }}\n".encode()
        return Response(data, media_type=LOOK[name])

    def _refused(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        return self._pages.note(_language(request, "en"), self._brand(), "gone", status)

    def _failed(self, request: Request, error: Exception) -> Response:
        log.error("the page for phones: %s", error)
        return self._pages.note(_language(request, "en"), self._brand(), "failed", 503)


def guard(app: ASGIApp, limit: Limit) -> ASGIApp:
    """``app`` with the strict headers on every answer, and with a limit on how much one address may ask."""
    headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        address = (scope.get("client") or ("?", 0))[0]

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] in {404, 405, 410}:
                    limit.spend(address, Limit.MISS)
                message["headers"] = [*message.get("headers", []), *headers]
            await send(message)

        if limit.spend(address, 1.0):
            await app(scope, receive, answer)
        else:
            await Response("Too many requests\n", 429, {"retry-after": "10"}, "text/plain")(scope, receive, answer)

    return guarded


class Limit:
    """How much an address may ask: ``BURST`` at once, ``RATE`` a second after that; a page that is not there costs ``MISS``.

    Remembers the last ``most`` addresses. For one thread.
    """

    BURST, RATE, MISS = 200.0, 10.0, 10.0

    def __init__(self, most: int = 2048) -> None:
        self._most = most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._left)

    def spend(self, address: str, cost: float) -> bool:
        """Take ``cost`` from what the address has left; False when it has nothing left."""
        now = time.monotonic()
        left, since = self._left.pop(address, (self.BURST, now))
        left = min(self.BURST, left + (now - since) * self.RATE)
        enough = left >= min(cost, 1.0)
        self._left[address] = (max(0.0, left - cost) if enough else left, now)
        if len(self._left) > self._most:
            self._left.popitem(last=False)
        return enough


class _Pages:
    """The template filled in. Everything that is put in is escaped."""

    def __init__(self, folder: Path) -> None:
        parts = (folder / "page.html").read_text(encoding="utf-8").split("<!-- part -->\n")
        self._whole, self._mark, self._logo, self._session, self._figure, self._note = (string.Template(part) for part in parts)
        texts = tomllib.loads((folder / "texts.toml").read_text(encoding="utf-8"))
        self._texts = {language: {name: html.escape(words[language]) for name, words in texts.items()} for language in LANGUAGES}

    def session(self, language: str, brand: Brand, token: str, shown: list[tuple[str, Entry, str]], ends: datetime) -> Response:
        texts = self._texts[language]
        figures = "".join(self._figure.substitute(
            kind=entry.kind, title=texts[entry.kind], name=public, url=f"/{html.escape(token)}/{public}", save=texts["save"],
            media=_media(texts[entry.kind], f"/{html.escape(token)}/{public}", entry, media_type)) for public, entry, media_type in shown)
        until = texts["until"].format(year=ends.year, month=ends.month, day=ends.day, time=f"{ends:%H:%M}")
        body = self._session.substitute(texts, figures=figures, token=html.escape(token), ends=until)
        return self._respond(language, brand, texts["title"], body, 200)

    def note(self, language: str, brand: Brand, name: str, status: int) -> Response:
        texts = self._texts[language]
        body = self._note.substitute(title=texts[name], text=texts[f"{name}_text"], name=name)
        return self._respond(language, brand, texts[name], body, status)

    def _respond(self, language: str, brand: Brand, title: str, body: str, status: int) -> Response:
        name = html.escape(brand.name or "Toonbooth")
        mark = self._mark.substitute(name=name) if brand.logo is None else self._logo.substitute(name=name)
        return HTMLResponse(self._whole.substitute(language=language, name=name, mark=mark, title=title, body=body), status)


def _png(logo: Image.Image) -> bytes:
    data = io.BytesIO()
    logo.save(data, "PNG")
    return data.getvalue()


def _media(title: str, url: str, entry: Entry, media_type: str) -> str:
    if media_type in IMAGES.values():
        return f'<img src="{url}" alt="{title}">'
    # from 0.1 s: an iPhone shows that picture instead of black while it waits for the finger
    quiet = "autoplay loop muted" if entry.kind == "moving" else "controls"
    return f'<video src="{url}#t=0.1" {quiet} playsinline preload="metadata" aria-label="{title}"></video>'


def _shown(kept: Kept) -> list[tuple[str, Entry, str]]:
    """What the page shows, in order: the name that the phone sees, the file, its media type."""
    shown: list[tuple[str, Entry, str]] = []
    for kind in SHOWN:
        count = 0
        for entry in kept.manifest.files:
            suffix = Path(entry.name).suffix.lower()
            media_type = (IMAGES | FILMS).get(suffix)
            if entry.kind == kind and media_type is not None:
                count += 1
                shown.append((f"toonbooth-{kind}{f'-{count}' if count > 1 else ''}{suffix}", entry, media_type))
    return shown


def _language(request: Request, otherwise: str) -> str:
    """The first of our languages that the phone asks for."""
    wishes: list[tuple[float, str]] = []
    for wish in request.headers.get("accept-language", "")[:200].split(","):
        tag, _, weight = wish.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), tag[:2].lower()))
        except ValueError:
            continue
    return next((tag for _, tag in sorted(wishes, key=lambda wish: wish[0]) if tag in LANGUAGES), otherwise)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _listen(host: str, port: int) -> socket.socket:
    listening: Any = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise ShareUnusable(f"cannot serve phones at {host}:{port} ({error.strerror}); close what uses it or set another port") from error
    return listening
