"""The broadcast's other end, a process of its own: FFmpeg's calls to a server hold up every thread of a Python process, for as long
as the server likes."""

from __future__ import annotations

import socket

import av

PIPE = "nut"
"""Container between the two: it can be read as it comes, and keeps times exactly."""
LIVE = b"live"
OPENING_TICKS = 15
"""So many pictures FFmpeg wants to see before it knows the tracks."""


def relay(source: socket.socket, url: str, container: str) -> None:
    """Copy what comes from ``source`` to ``url``. Says ``LIVE`` when the server has taken the call; else why not, in a few words
    without the address, which is a secret, and ends."""
    try:
        with (av.open(source.makefile("rb", buffering=0), "r", format=PIPE,
                      options={"fflags": "nobuffer", "analyzeduration": "0", "probesize": "2048"}) as coming,
              av.open(url, "w", format=container, options={"flvflags": "no_duration_filesize"} if container == "flv" else {}) as going):
            tracks = {track.index: going.add_stream_from_template(track) for track in coming.streams}
            going.start_encoding()
            source.sendall(LIVE)
            for packet in coming.demux():
                if packet.dts is not None:
                    packet.stream = tracks[packet.stream.index]
                    going.mux(packet)
    except (av.FFmpegError, OSError) as error:
        try:
            source.sendall((error.strerror or type(error).__name__).encode())
        except OSError:
            return                                              # the booth has hung up
