"""Bad days on demand: quota, latency, errors, broken connections, a lagging search, a wrong clock.

The plan is a `Faults`, given at the start or by `POST /admin/faults` (a JSON object with its fields in
camelCase); `GET` shows it, `DELETE` clears it, `GET /admin/faults/log` shows every decision so far. All
chances come from one seeded source in the order of the requests, so a run with the same seed and the same
requests meets the same faults. Admin calls and the token endpoint are never disturbed.
"""

from __future__ import annotations

import asyncio
import re
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, ValidationError, model_validator
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sheets_emulator.access.tokens import account_named
from sheets_emulator.serving.fault_answers import Disturbed, disturb, error_body, quota_body
from sheets_emulator.serving.quota import PLAN, Meter, Quota
from sheets_emulator.wire.errors import STATUS_OF_CODE, ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from sheets_emulator.store.engine import Engine

_API = ("/v4/", "/drive/", "/upload/")
_KINDS = "error_before|error_after|cut_before|cut_middle|cut_after|drip"
_LOG_LENGTH = 10_000


class _Plan(BaseModel):
    model_config = PLAN


class Strike(_Plan):
    """One certain fault: the `at`-th request (from 1) whose method and path match, and `times - 1` after it.

    `error_before` answers `status` and does nothing; `error_after` does everything, then answers `status`.
    `cut_before` closes the connection unread, `cut_middle` in the middle of the answer, `cut_after` when all
    is done but before anything is sent. `drip` sends the answer in small pieces.
    """

    kind: str = Field(pattern=f"^({_KINDS})$")
    method: str = "*"
    path: str = ""
    at: int = Field(default=1, ge=1)
    times: int = Field(default=1, ge=1)
    status: int = Field(default=503, ge=400, le=599)

    def matches(self, method: str, path: str) -> bool:
        """Whether a request counts; `path` is a regular expression, searched."""
        return self.method.upper() in ("*", method) and re.search(self.path, path) is not None

    @model_validator(mode="after")
    def _check(self) -> Strike:
        try:
            re.compile(self.path)
        except re.error as error:
            raise ValueError(f"`path` is no regular expression: {error}") from error
        return self


class Faults(_Plan):
    """A bad day. Fractions are chances for each request, in this order of drawing: the six kinds, latency.

    Latency is log-normal around its median; `latency_sigma` 0 makes it constant.
    """

    seed: int = Field(default=0, description="of the source of chance")
    quota: Quota = Field(default=Quota(), description="requests a minute")
    latency_median_seconds: float = Field(default=0, ge=0, le=600, description="median delay of every answer")
    latency_sigma: float = Field(
        default=0, ge=0, le=5, description="spread of the delay (log-normal); 0 is an even one"
    )
    error_before_fraction: float = Field(default=0, ge=0, le=1, description="chance of a 5xx, nothing done")
    error_after_fraction: float = Field(
        default=0, ge=0, le=1, description="chance of a 5xx after everything was done"
    )
    cut_before_fraction: float = Field(
        default=0, ge=0, le=1, description="chance that the connection closes before the request is read"
    )
    cut_middle_fraction: float = Field(
        default=0, ge=0, le=1, description="chance that it closes in the middle of the answer, all done"
    )
    cut_after_fraction: float = Field(
        default=0, ge=0, le=1, description="chance that it closes before the answer, all done"
    )
    drip_fraction: float = Field(
        default=0, ge=0, le=1, description="chance that the answer comes in small pieces"
    )
    drip_pause_seconds: float = Field(default=0.02, ge=0, le=60, description="pause between two pieces")
    error_statuses: tuple[int, ...] = Field(
        default=(500, 502, 503), min_length=1, description="the 5xx to choose from"
    )
    search_lag_seconds: float = Field(
        default=0, ge=0, description="how late Drive's search sees new and changed files"
    )
    clock_offset_seconds: float = Field(
        default=0, ge=-1e9, le=1e9, description="how far the emulator's clock is off"
    )
    strikes: tuple[Strike, ...] = Field(default=(), description="certain faults, see below")


@dataclass
class FaultState:
    """The plan in force, its source of chance, the counts and the log. One for each engine."""

    plan: Faults
    clock: Callable[[], datetime]
    shifted: Callable[[], datetime] | None = None
    random: Random = field(default_factory=Random)
    seen: list[int] = field(default_factory=list)
    meter: Meter = field(default_factory=Meter)
    log: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class FaultMiddleware:
    """Stands before everything else; without a plan it passes requests through untouched."""

    def __init__(self, app: ASGIApp, engine: Engine) -> None:
        self._app, self._engine = app, engine
        given = engine.settings.get("faults", Faults())
        self._state = FaultState(plan=Faults(), clock=engine.clock)
        engine.settings["fault_state"] = self._state
        install(engine, given)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request meet its fate."""
        if scope["type"] != "http" or not scope["path"].startswith(_API):
            await self._app(scope, receive, send)
            return
        decision = decide(self._state, scope["method"], scope["path"], self._user(scope))
        if decision.latency_seconds:
            await asyncio.sleep(decision.latency_seconds)
        await disturb(self._app, scope, receive, send, decision)

    def _user(self, scope: Scope) -> str:
        """Whom the quota counts: the account behind the token."""
        if self._state.plan.quota == Quota():
            return ""
        header = next((v.decode("latin-1") for n, v in scope["headers"] if n == b"authorization"), "")
        with self._engine.store.reading() as txn:
            return account_named(txn, header)


def install(engine: Engine, plan: Faults) -> None:
    """Put a plan in force: counts, chance and log begin anew, the clock is set, the search lags."""
    state: FaultState = engine.settings["fault_state"]
    with state.lock:
        state.plan, state.random = plan, Random(plan.seed)  # noqa: S311  # chance that can be repeated
        state.seen, state.meter, state.log = [0] * len(plan.strikes), Meter(plan.quota, plan.seed), []
        engine.settings["search_lag_seconds"] = plan.search_lag_seconds
        if engine.clock is not state.shifted:  # somebody has set another clock meanwhile: shift that one
            state.clock = engine.clock
        true, offset = state.clock, timedelta(seconds=plan.clock_offset_seconds)
        state.shifted = (lambda: true() + offset) if offset else true
        engine.clock = state.shifted


def decide(state: FaultState, method: str, path: str, user: str) -> Disturbed:
    """What happens to this request; each decision is drawn and logged in the order of arrival."""
    with state.lock:
        plan = state.plan
        fault = _over_quota(state, method, path, user) or _strike(state, method, path)
        draws = [state.random.random() for _ in range(6)]
        status = state.random.choice(plan.error_statuses)
        latency = _latency(state)
        if fault is None:
            fault = _by_chance(plan, draws, path, status)
        fault = fault.after(latency, plan.drip_pause_seconds)
        if fault.kind or latency:
            state.log.append(
                {"number": len(state.log) + 1, "method": method, "path": path, "kind": fault.kind or "late"}
                | ({"status": fault.status} if fault.status else {})
                | ({"latencySeconds": round(latency, 6)} if latency else {})
            )
            del state.log[:-_LOG_LENGTH]
        return fault


def _strike(state: FaultState, method: str, path: str) -> Disturbed | None:
    hit = None
    for number, strike in enumerate(state.plan.strikes):
        if strike.matches(method, path):
            state.seen[number] += 1
            if hit is None and strike.at <= state.seen[number] < strike.at + strike.times:
                hit = _fault(strike.kind, path, strike.status)
    return hit


def _by_chance(plan: Faults, draws: list[float], path: str, status: int) -> Disturbed:
    for kind, draw in zip(_KINDS.split("|"), draws, strict=True):
        if draw < getattr(plan, f"{kind}_fraction"):
            return _fault(kind, path, status)
    return Disturbed()


def _fault(kind: str, path: str, status: int) -> Disturbed:
    if not kind.startswith("error"):
        return Disturbed(kind)
    return Disturbed(kind, status, error_body(path, status))


def _latency(state: FaultState) -> float:
    plan = state.plan
    if not plan.latency_median_seconds:
        return 0.0
    return plan.latency_median_seconds * state.random.lognormvariate(0, plan.latency_sigma)


def _over_quota(state: FaultState, method: str, path: str, user: str) -> Disturbed | None:
    quota = state.plan.quota
    broken = state.meter.over(method, path, user, state.clock())
    if broken is None:
        return None
    after = quota.retry_after_seconds
    return Disturbed(
        "error_before",
        403 if broken.kind == "drive" else 429,
        quota_body(broken.kind, per_user=broken.user is not None, limit=broken.most or 0),
        {} if after is None else {"Retry-After": str(after)},
    )


async def _change(request: Request) -> Response:
    """POST sets a plan, GET shows the present one, DELETE ends the bad day."""
    engine: Engine = request.app.state.engine
    state: FaultState = engine.settings["fault_state"]
    if request.method == "DELETE":
        install(engine, Faults())
    elif request.method == "POST":
        try:
            install(engine, Faults.model_validate_json(await request.body()))
        except ValidationError as error:
            refused = ApiError(400, STATUS_OF_CODE[400], f"No plan of faults: {error}")
            return JSONResponse(refused.body(), 400)
    return JSONResponse(state.plan.model_dump(by_alias=True, mode="json"))


async def _log(request: Request) -> Response:
    """Every fault so far, oldest first."""
    state: FaultState = request.app.state.engine.settings["fault_state"]
    return JSONResponse({"seed": state.plan.seed, "decisions": list(state.log)})


routes = [
    Route("/admin/faults", _change, methods=["GET", "POST", "DELETE"]),
    Route("/admin/faults/log", _log, methods=["GET"]),
]
