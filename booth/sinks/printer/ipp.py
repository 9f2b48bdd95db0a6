"""Speaking to CUPS and to printers: the Internet Printing Protocol, one question and one answer at a time."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Any

import aiohttp
from pyipp import IPP, IPPConnectionError, IPPError, IPPParseError, IPPResponseError
from pyipp.enums import IppOperation, IppStatus, IppTag
from pyipp.tags import ATTRIBUTE_TAG_MAP

from booth.errors import PrinterLost, PrintRefused

ATTRIBUTE_TAG_MAP["purge-job"] = IppTag.BOOLEAN                     # CUPS's own word, which pyipp's table lacks

Attributes = Mapping[str, Any]


def ask(uri: str, operation: IppOperation, words: Attributes, *, group: str = "", job: Attributes | None = None, data: bytes = b"",
        socket: str | None = None, wait_s: float = 4.0) -> dict[str, Any] | None:
    """One question to ``uri`` (ipp://… or ipps://…), by the Unix socket when one is named. Not to be called where an event loop runs.

    ``words``: the operation's attributes · ``job``: the job's · ``data``: the document. Answers with the first thing of
    ``group`` ("printers" or "jobs"; empty when none came), or None when there is no such printer or job. Raises
    ``PrinterLost`` when nobody answers within ``wait_s`` seconds, ``PrintRefused`` when the answer is no.
    """
    answers = ask_all(uri, operation, words, group=group, job=job, data=data, socket=socket, wait_s=wait_s)
    return None if answers is None else next(iter(answers), {})


def ask_all(uri: str, operation: IppOperation, words: Attributes, *, group: str, job: Attributes | None = None, data: bytes = b"",
            socket: str | None = None, wait_s: float = 4.0) -> list[dict[str, Any]] | None:
    """As ``ask``, answering with every thing of ``group``."""
    message: dict[str, Any] = {"operation-attributes-tag": {"requesting-user-name": _user(), **words}, "data": data}
    if job:
        message["job-attributes-tag"] = dict(job)
    try:
        answer = asyncio.run(_talk(uri, operation, message, socket, wait_s))
    except (IPPConnectionError, IPPParseError, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise PrinterLost(f"nobody answers at {socket or uri}; is it switched on and connected?") from error
    except IPPResponseError as error:
        raise PrintRefused(f"the print service refuses ({error.args[0]}); add the booth's user to the group lpadmin") from error
    except IPPError as error:
        status = error.args[1]["status-code"] if len(error.args) > 1 else 0
        if status in (IppStatus.ERROR_NOT_FOUND, IppStatus.ERROR_GONE):
            return None
        raise PrintRefused(f"the print service refuses {operation.name.lower()} (status {status:#06x}); see its error log") from error
    return list(answer.get(group, []))


async def _talk(uri: str, operation: IppOperation, message: dict[str, Any], socket: str | None, wait_s: float) -> dict[str, Any]:
    connector = aiohttp.UnixConnector(socket) if socket else None
    headers = {"Authorization": f"PeerCred {_user()}"} if socket else None      # CUPS asks the kernel whether that is so
    async with aiohttp.ClientSession(connector=connector, headers=headers, timeout=aiohttp.ClientTimeout(total=wait_s)) as session, \
            IPP(uri, session=session) as ipp:
        return await ipp.execute(operation, message)


def _user() -> str:
    """The name of this process's user, as the kernel knows it; the environment may say otherwise."""
    import pwd  # not on Windows, which has no such sockets either

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
