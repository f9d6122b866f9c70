"""What can go wrong, one exception each.

Every error of the package is a `TrailblazerError`. Where the server said which
field was wrong, what it held and what to send instead, the exception carries
that too, and its text repeats it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from trailblazer_gym import wire


class TrailblazerError(Exception):
    """Base of all errors of this package.

    Attributes:
        code: the Connect code the server answered with ("invalid_argument"),
            empty where no server was involved.
        field: path of the field that was refused ("action[0].data[17]"), or "".
        value: the refused value as text, or "".
        remedy: what to do instead, or "".
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        field: str = "",
        value: str = "",
        remedy: str = "",
    ) -> None:
        self.code, self.field, self.value, self.remedy = code, field, value, remedy
        text = message
        if field and not (field in text and value in text):
            text += f" ({field} = {value})" if value else f" ({field})"
        if remedy and remedy not in text:
            text += f"; {remedy}"
        super().__init__(text)


class InvalidArgumentError(TrailblazerError, ValueError):
    """A config, seed or action was refused; nothing has changed."""


class NotFoundError(TrailblazerError, LookupError):
    """The environment, scenario or session is unknown to the server."""


class SessionLostError(NotFoundError):
    """The session, or seat, is gone: its lease ran out, or the server started anew."""


class OrderError(TrailblazerError, RuntimeError):
    """A call came out of order, such as a step before the first reset.

    Attributes:
        expected_index: the index the server expects next, where it said so.
    """

    expected_index: int | None = None


class ResourceExhaustedError(TrailblazerError, RuntimeError):
    """The server or the owner of the token has reached a limit.

    Attributes:
        retry_after: seconds after which a retry may succeed, where the server
            said so.
    """

    retry_after: float | None = None


class UnauthenticatedError(TrailblazerError, PermissionError):
    """The token is missing or wrong."""


class UnsupportedError(TrailblazerError, NotImplementedError):
    """The server or the environment can't do this."""


class ServerError(TrailblazerError, RuntimeError):
    """The server failed, or what answered is no Trailblazer server."""


class UnavailableError(TrailblazerError, ConnectionError):
    """No server answers, after all retries."""


class DeadlineError(TrailblazerError, TimeoutError):
    """The call took longer than its deadline; whether it ran is not known."""


_BY_CODE: dict[str, type[TrailblazerError]] = {
    "invalid_argument": InvalidArgumentError,
    "out_of_range": InvalidArgumentError,
    "not_found": NotFoundError,
    "failed_precondition": OrderError,
    "resource_exhausted": ResourceExhaustedError,
    "unauthenticated": UnauthenticatedError,
    "permission_denied": UnauthenticatedError,
    "unimplemented": UnsupportedError,
    "unavailable": UnavailableError,
    "deadline_exceeded": DeadlineError,
}

_REMEDIES: dict[type[TrailblazerError], str] = {
    UnauthenticatedError: "give the server's token as token= or in TRAILBLAZER_TOKEN",
    SessionLostError: "make the environment again; a longer lease= keeps idle sessions",
}

_STATE_REMEDIES = {
    wire.STATE_REASON["NOT_RESET"]: "call reset() first",
    wire.STATE_REASON["FINISHED"]: "call reset(), or make the vector with autoreset",
}


def from_reply(status: int, body: bytes, path: str) -> TrailblazerError:
    """Builds the exception for an HTTP reply that is not 200.

    Args:
        status: the HTTP status.
        path: what was called.
        body: the body, a Connect error in JSON if a Trailblazer server sent it.
    """
    try:
        return from_error(json.loads(body))
    except (ValueError, KeyError, TypeError):
        if status == 404 and path.startswith("/trailblazer.v1.PolicyService/"):
            return UnsupportedError(
                "the server has no policies",
                remedy="start it with --policy NAME, or leave out server= for one of "
                "your own",
            )
        if status == 404 and path.startswith("/trailblazer.v1.DatasetService/"):
            return UnsupportedError(
                "the server has no data sets",
                remedy="start it with --datasets DIR, or give datasets= for a server "
                "of your own",
            )
        start = body[:80].decode("utf-8", "replace")
        return ServerError(
            f"HTTP status {status} with no Connect error in it: {start!r}",
            remedy="check that the address is that of a Trailblazer server",
        )


def from_error(error: Mapping[str, Any]) -> TrailblazerError:
    """Builds the exception for a Connect error in JSON form, which has a code."""
    code = error["code"]
    details = _details(error.get("details", ()))
    kind = _BY_CODE.get(code, ServerError)
    missing = details.get("NotFoundError", {})
    if wire.text(missing, wire.NOT_FOUND_ERROR["kind"]) in ("session", "seat"):
        kind = SessionLostError
    field = details.get("FieldError", {})
    reason = details.get("StateError", {}).get(wire.STATE_ERROR["reason"], [0])[-1]
    remedy = (
        wire.text(field, wire.FIELD_ERROR["remedy"])
        or _STATE_REMEDIES.get(reason)
        or _REMEDIES.get(kind, "")
    )
    built = kind(
        error.get("message") or code,
        code=code,
        field=wire.text(field, wire.FIELD_ERROR["field"]),
        value=wire.text(field, wire.FIELD_ERROR["value"]),
        remedy=remedy,
    )
    if isinstance(built, OrderError) and "IndexError" in details:
        index = details["IndexError"].get(wire.INDEX_ERROR["expected_index"], [0])
        built.expected_index = index[-1]
    if isinstance(built, ResourceExhaustedError) and "RetryHint" in details:
        built.retry_after = _duration(details["RetryHint"])
    return built


def _details(details: Any) -> dict[str, Mapping[int, list[Any]]]:
    """Decodes the details of this API: message name -> field number -> values."""
    decoded: dict[str, Mapping[int, list[Any]]] = {}
    for detail in details:
        package, _, name = str(detail.get("type", "")).rpartition(".")
        if package == "trailblazer.v1":
            value = str(detail.get("value", ""))
            raw = base64.b64decode(value + "=" * (-len(value) % 4))
            decoded[name] = wire.message(raw)
    return decoded


def _duration(hint: Mapping[int, list[Any]]) -> float | None:
    """Seconds of a RetryHint's google.protobuf.Duration."""
    values = hint.get(wire.RETRY_HINT["retry_after"])
    if not values:
        return None
    duration = wire.message(values[-1])
    return duration.get(1, [0])[-1] + duration.get(2, [0])[-1] / 1e9
