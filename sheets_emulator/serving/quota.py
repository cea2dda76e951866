"""The quota of a bad day: how many requests pass in a minute, and what has been spent of it.

Two ways of counting. A sliding window counts the last 60 seconds of each moment, as Google's documents can be read.
A fixed one begins with the first call, lasts about 60 seconds whatever the clock's minute is, and lets now and
then more calls through than the limit says, as was seen of Google: 55 to 74 in a window of 60, and 108 within
60 seconds across the border of two. In both a refused call costs nothing and prolongs nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

PLAN = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)
"""How a part of a plan is read: camelCase, nothing that it does not know."""
_READS = re.compile(r":(batchGetByDataFilter|getByDataFilter|search)$")


class Quota(BaseModel):
    """Requests a minute; None = unlimited. Google's: 60 a user and 300 a project, Sheets' reads and writes apart."""

    model_config = PLAN

    reads_per_user: int | None = Field(default=None, ge=0, description="reads of Sheets by one account")
    writes_per_user: int | None = Field(default=None, ge=0, description="writes to Sheets by one account")
    reads_per_project: int | None = Field(
        default=None, ge=0, description="reads of Sheets by all accounts together"
    )
    writes_per_project: int | None = Field(
        default=None, ge=0, description="writes to Sheets by all accounts together"
    )
    drive_per_user: int | None = Field(default=None, ge=0, description="requests to Drive by one account")
    window: Literal["sliding", "fixed"] = Field(
        default="sliding",
        description="`sliding`: the last seconds of each moment; `fixed`: from the first call on, as seen of Google",
    )
    window_seconds: float = Field(default=60, gt=0, le=3600, description="how long a window is")
    loose_fraction: float = Field(
        default=0,
        ge=0,
        le=10,
        description="by how much of the limit a fixed window may let more through, drawn for each window; seen: 0.23",
    )
    retry_after_seconds: int | None = Field(
        default=None, ge=0, description="the `Retry-After` header of a 429; Google sends none"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.loose_fraction and self.window != "fixed":
            raise ValueError("`looseFraction` belongs to a fixed window")
        return self

    def limits(self, method: str, path: str, user: str) -> list[Limit]:
        """The limits that a request counts towards."""
        if not path.startswith("/v4/"):
            return [Limit("drive", user, self.drive_per_user)]
        if method == "GET" or _READS.search(path):
            return [Limit("read", user, self.reads_per_user), Limit("read", None, self.reads_per_project)]
        return [Limit("write", user, self.writes_per_user), Limit("write", None, self.writes_per_project)]


@dataclass(frozen=True)
class Limit:
    """At most so many requests of a kind (`read`, `write`, `drive`) in a window; `user` None: of the whole project."""

    kind: str
    user: str | None
    most: int | None


@dataclass
class Meter:
    """What has been spent of a quota. `seed` draws how loose each fixed window is, whatever else is drawn."""

    quota: Quota = field(default_factory=Quota)
    seed: int = 0
    _windows: dict[tuple[str, str | None], _Sliding | _Fixed] = field(default_factory=dict)

    def over(self, method: str, path: str, user: str, now: datetime) -> Limit | None:
        """Count a request; or tell the limit that it would break, and count nothing."""
        limits = [limit for limit in self.quota.limits(method, path, user) if limit.most is not None]
        for limit in limits:
            if not self._window(limit).has_room(limit.most or 0, now):
                return limit
        for limit in limits:
            self._window(limit).count(now)
        return None

    def _window(self, limit: Limit) -> _Sliding | _Fixed:
        key = limit.kind, limit.user
        if key not in self._windows:
            lasts = timedelta(seconds=self.quota.window_seconds)
            self._windows[key] = (
                _Sliding(lasts)
                if self.quota.window == "sliding"
                else _Fixed(lasts, self.quota.loose_fraction, f"{self.seed} {limit.kind} {limit.user}")
            )
        return self._windows[key]


@dataclass
class _Sliding:
    lasts: timedelta
    spent: list[datetime] = field(default_factory=list)

    def has_room(self, most: int, now: datetime) -> bool:
        self.spent[:] = [at for at in self.spent if at > now - self.lasts]
        return len(self.spent) < most

    def count(self, now: datetime) -> None:
        self.spent.append(now)


@dataclass
class _Fixed:
    lasts: timedelta
    loose_fraction: float
    seed: str
    number: int = 0
    spent: int = 0
    ends_at: datetime | None = None

    def has_room(self, most: int, now: datetime) -> bool:
        over = self.ends_at is None or now >= self.ends_at
        number, spent = (self.number + 1, 0) if over else (self.number, self.spent)
        chance = Random(f"{self.seed} {number}").random()  # noqa: S311  # chance that can be repeated
        return spent < most + round(most * self.loose_fraction * chance)

    def count(self, now: datetime) -> None:
        if self.ends_at is None or now >= self.ends_at:
            self.number, self.spent, self.ends_at = self.number + 1, 0, now + self.lasts
        self.spent += 1
