"""Where finished things go: the store, the phones' page, paper."""

from __future__ import annotations

from pydantic import Field

from booth.settings import Model


class Budget(Model):
    """How much is kept, and for how long."""

    session_mib: float = Field(64.0, gt=0, le=4096, description="disk space set aside for one session while it is made")
    spare_mib: float = Field(1024.0, ge=0, description="disk space left to the rest of the machine")
    low_sessions: int = Field(50, ge=1, description="with room for fewer sessions than this, the operator is warned")
    keep_h: float = Field(72.0, gt=0, le=8760, description="hours until a session is deleted from disk")
    gap_days: float = Field(7.0, gt=0, le=366, description="a clock this far ahead of the last purge is doubted")


class ShareSettings(Model):
    """The page that the QR opens."""

    host: str = Field("0.0.0.0", description="address to listen on; 0.0.0.0 is every network of this machine")
    port: int = Field(8080, ge=0, le=65535, description="0 takes any free one")
    public_host: str | None = Field(None, description="name or address in the QR; found by itself when not given")
    link_h: float = Field(24.0, gt=0, le=8760, description="hours that a QR stays good, never longer than its session")
