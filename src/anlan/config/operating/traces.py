"""OpenTelemetry traces: request → action → statement, and on into the jobs that follow.

Off unless ANLAN_OTLP_ENDPOINT is set; then nothing of OpenTelemetry is even imported. Spans go out in
batches, as OTLP over HTTP. A job carries its trace in one reserved argument (`CARRIED`), stored with it
in the transaction of whoever caused it and taken out again before the task is called.

No personal data: spans are named by route, function, task, and by the operation and table of a
statement; the text of a statement, its values and the message of an exception are never attributes.
Actions are not decorated by hand: when tracing is on, `wrap_actions` puts a span around each.
"""

from __future__ import annotations

import functools
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from anlan.config import env

CARRIED = "traceparent"
_ACTION = re.compile(r"anlan\.(\w+\.actions\b[\w.]*)", re.ASCII)
_COMMENT = re.compile(r"--[^\n]*\n?")
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN)\s+\"?([a-z]+_[a-z0-9_]+)\b", re.ASCII)
_OPERATION = re.compile(r"\s*([A-Za-z]+)", re.ASCII)
_BATCH_EVERY_MS = 1000


def is_on() -> bool:
    """Tell whether traces are wanted."""
    return bool(env.get_text("ANLAN_OTLP_ENDPOINT"))


@functools.cache
def get_tracer() -> Tracer | None:
    """Give this process's tracer; None when tracing is off."""
    return Tracer(env.get_text("ANLAN_OTLP_ENDPOINT")) if is_on() else None


class Tracer:
    """Makes the spans of one process and sends them."""

    def __init__(self, endpoint: str) -> None:
        from opentelemetry import propagate, trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/") + "/v1/traces")
        self._provider = TracerProvider(resource=Resource.create({"service.name": "anlan"}))
        self._provider.add_span_processor(
            BatchSpanProcessor(exporter, schedule_delay_millis=_BATCH_EVERY_MS)
        )
        self._tracer = self._provider.get_tracer("anlan")
        self._trace, self._propagate = trace, propagate

    @contextmanager
    def span(self, name: str, *, kind: str = "INTERNAL", carrier: Mapping[str, str] | None = None,
             **attributes: str | int) -> Iterator[Any]:  # fmt: skip
        """Open a span around a block; `carrier` continues the trace that it names.

        An exception marks it as failed and goes on; only its class becomes an attribute.
        """
        with self._tracer.start_as_current_span(
            name,
            context=self._propagate.extract(carrier) if carrier else None,
            kind=self._trace.SpanKind[kind],
            attributes={key.replace("__", "."): value for key, value in attributes.items()},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except BaseException as raised:
                span.set_attribute("error.type", type(raised).__qualname__)
                self.fail(span)
                raise

    def fail(self, span: Any) -> None:
        """Mark a span as failed."""
        span.set_status(self._trace.Status(self._trace.StatusCode.ERROR))

    def trace_id(self) -> str:
        """Give the id of the running trace."""
        return format(self._trace.get_current_span().get_span_context().trace_id, "032x")

    def carrier(self) -> dict[str, str]:
        """Give what continues the running trace elsewhere; empty outside one."""
        carried: dict[str, str] = {}
        self._propagate.inject(carried)
        return {CARRIED: carried[CARRIED]} if CARRIED in carried else {}

    def follow_request(
        self, method: str, carrier: Mapping[str, str], answer: Callable[[], Any],
        describe: Callable[[Any], dict[str, str | int]],
    ) -> Any:  # fmt: skip
        """Put a span around a request; its name and attributes are known once it is answered."""
        with self.span(method, kind="SERVER", carrier=carrier) as span:
            response = answer()
            attributes = describe(response)
            span.update_name(f"{method} {attributes['http.route']}")
            span.set_attributes(attributes)
            if response.status_code >= 500:
                self.fail(span)
            return response

    def follow_statement(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        """Put a span around a statement; as Django calls its execute wrappers."""
        operation, table = name_statement(sql if isinstance(sql, str) else "")
        with self.span(
            f"{operation} {table}".strip(), kind="CLIENT", db__system__name="postgresql",
            db__operation__name=operation, db__collection__name=table,
        ):  # fmt: skip
            return execute(sql, params, many, context)

    def flush(self) -> None:
        """Send what is waiting."""
        self._provider.force_flush()


def name_statement(sql: str) -> tuple[str, str]:
    """Tell a statement's operation and first table, never more of its text.

    >>> name_statement('-- Purpose\\nSELECT "id" FROM "cases_case" WHERE note = 1')
    ('SELECT', 'cases_case')
    """
    text = _COMMENT.sub("", sql)
    operation, table = _OPERATION.match(text), _TABLE.search(text)
    return operation[1].upper() if operation else "SQL", table[1] if table else ""


def carry(args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Add the running trace to a job's arguments."""
    tracer = get_tracer()
    return args if tracer is None else {**args, **tracer.carrier()}


def wrap_actions() -> None:
    """Put a span around every public action, wherever it is known by its name; once a process."""
    from django.urls import get_resolver

    tracer = get_tracer()
    if tracer is None:
        return
    # So that the views are loaded, which know actions by name.
    assert get_resolver().url_patterns
    wrapped: dict[int, Callable[..., Any]] = {}
    modules = [m for name, m in sorted(sys.modules.items()) if name.startswith("anlan.") and m]
    for module in modules:
        for name, value in list(vars(module).items()):
            found = _ACTION.fullmatch(getattr(value, "__module__", None) or "")
            if not found or not inspect.isfunction(value) or not hasattr(value, "permit"):
                continue  # an action is what declares who may call it
            if not hasattr(value, "anlan_span"):
                if id(value) not in wrapped:
                    wrapped[id(value)] = _wrap(tracer, value, f"{found[1]}.{value.__name__}")
                setattr(module, name, wrapped[id(value)])


def _wrap(tracer: Tracer, action: Callable[..., Any], name: str) -> Callable[..., Any]:
    if inspect.isgeneratorfunction(action):
        # Its work is done while somebody else iterates: there is no block to put a span around.
        return action

    @functools.wraps(action)
    def follow(*args: Any, **kwargs: Any) -> Any:
        with tracer.span(name, code__function__name=name):
            return action(*args, **kwargs)

    follow.anlan_span = name  # type: ignore[attr-defined]
    return follow
