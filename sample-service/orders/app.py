"""The web application."""

from __future__ import annotations

import logging
import time
from dataclasses import asdict
from typing import Any

import psycopg
from flask import Flask, Response, abort, g, jsonify, redirect, render_template, request, url_for
from psycopg_pool import PoolTimeout

from orders import metrics
from orders.catalog import Catalog, CatalogUnavailable, UnknownProduct
from orders.repository import Order, Orders
from orders.settings import Settings

log = logging.getLogger("orders")

# Asked several times a minute by the cluster: in the log they would hide everything else.
_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
_MOST = 1000


class Refused(Exception):
    """The order cannot be taken as it was written."""


def create_app(settings: Settings, orders: Orders, catalog: Catalog) -> Flask:
    app = Flask(__name__)
    # So that the counter exists before the first order: a rate misses a series' first sample.
    placed = metrics.ORDERS.labels(settings.currency)

    def place(wanted: Any) -> Order:
        sku, quantity = _read(wanted)
        product = catalog.product(sku)
        order = orders.add(
            product.sku,
            product.name,
            quantity,
            quantity * product.price_cents,
            settings.currency,
        )
        placed.inc()
        log.info("order placed", extra={"order": order.id, "sku": sku, "quantity": quantity})
        return order

    @app.get("/")
    def index() -> str:
        return render_template("index.html", orders=orders.latest(), currency=settings.currency)

    @app.post("/")
    def order_from_page() -> Any:
        try:
            place(request.form)
        except (Refused, UnknownProduct, CatalogUnavailable) as error:
            message, status = _explain(error)
            page = render_template(
                "index.html",
                orders=orders.latest(),
                currency=settings.currency,
                error=message,
                wanted=request.form,
            )
            return page, status
        # So that a reload does not order once more.
        return redirect(url_for("index"), code=303)

    @app.get("/api/orders")
    def list_orders() -> Any:
        return jsonify([_public(order) for order in orders.latest()])

    @app.get("/api/orders/<int:number>")
    def show_order(number: int) -> Any:
        order = orders.get(number)
        if order is None:
            abort(404)
        return jsonify(_public(order))

    @app.post("/api/orders")
    def order_from_api() -> Any:
        try:
            order = place(request.get_json(silent=True))
        except (Refused, UnknownProduct, CatalogUnavailable) as error:
            message, status = _explain(error)
            return jsonify(error=message), status
        return jsonify(_public(order)), 201, {"Location": url_for("show_order", number=order.id)}

    @app.get("/healthz")
    def healthz() -> Any:
        # Asks nobody: a restart would not mend a database that is down.
        return jsonify(status="ok")

    @app.get("/readyz")
    def readyz() -> Any:
        if orders.ready():
            return jsonify(status="ok")
        return jsonify(status="the database does not answer"), 503

    @app.get("/metrics")
    def metrics_page() -> Response:
        return metrics.page()

    @app.errorhandler(psycopg.OperationalError)
    @app.errorhandler(PoolTimeout)
    def database_is_away(error: Exception) -> Any:
        log.error("the database does not answer", extra={"error": str(error)})
        return jsonify(error="orders cannot be reached at the moment"), 503

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def observe(response: Response) -> Response:
        if request.path in _PROBES:
            return response
        # The route, not the path: an id in a label would make a series for each order.
        route = request.url_rule.rule if request.url_rule else "unmatched"
        seconds = time.perf_counter() - g.started
        status = str(response.status_code)
        metrics.REQUESTS.labels(request.method, route, status).observe(seconds)
        log.info(
            "request",
            extra={
                "method": request.method,
                "route": route,
                "status": response.status_code,
                "seconds": round(seconds, 4),
            },
        )
        return response

    return app


def _public(order: Order) -> dict[str, Any]:
    return asdict(order) | {"placed_at": order.placed_at.isoformat()}


def _read(wanted: Any) -> tuple[str, int]:
    try:
        sku = wanted["sku"].strip()
        quantity = int(wanted["quantity"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused("an order needs a product and a quantity") from error
    if not sku:
        raise Refused("an order needs a product")
    if not 1 <= quantity <= _MOST:
        raise Refused(f"the quantity must be from 1 to {_MOST}")
    return sku, quantity


def _explain(error: Exception) -> tuple[str, int]:
    match error:
        case UnknownProduct():
            return f"there is no product “{error}”", 404
        case CatalogUnavailable():
            log.warning("the catalog does not answer", extra={"error": str(error)})
            return "the catalog cannot be reached at the moment", 503
        case _:
            return str(error), 400
