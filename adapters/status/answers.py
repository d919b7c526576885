"""What `/health` and `/metrics` answer, on whichever port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from adapters.web.options import Figures, Health

_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
_UNKEPT = {"Cache-Control": "no-store"}


async def health_answer(health: Health, *, admitted: bool) -> Response:
    """The health report, with status 503 unless `ok`; for who isn't admitted nothing but `ok`."""
    try:
        report = dict(await health())
    except Exception:  # noqa: BLE001 - the platform's edge: a check that fails is an answer, too
        report = {"ok": False}
    well = bool(report.setdefault("ok", True))
    return JSONResponse(report if admitted else {"ok": well}, 200 if well else 503, headers=_UNKEPT)


def figures_answer(metrics: Figures) -> Response:
    """The metrics in Prometheus' text format."""
    return Response(metrics(), media_type=_PROMETHEUS, headers=_UNKEPT)
