"""The service's HTTP."""

from __future__ import annotations

import os

from flask import Flask, request

from points.balance import earned
from points.store import Store


def create_app(store: Store) -> Flask:
    app = Flask(__name__)

    @app.get("/healthz")
    def healthz():
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz():
        ready = store.ready()
        return {"ready": ready}, 200 if ready else 503

    @app.get("/customers/<customer>/points")
    def balance(customer: str):
        return {"points": store.balance(customer)}

    @app.post("/customers/<customer>/orders")
    def order(customer: str):
        try:
            points = earned(int(request.get_json()["cents"]))
        except (KeyError, TypeError, ValueError) as error:
            return {"error": str(error)}, 400
        return {"points": store.add(customer, points)}, 201

    return app


def main() -> None:
    from waitress import serve

    store = Store(os.environ["DATABASE_URL"])
    store.open()
    serve(create_app(store), port=8080)


if __name__ == "__main__":
    main()
