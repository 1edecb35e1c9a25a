"""The web application."""

from __future__ import annotations

import os
from statistics import fmean

import uvicorn
from fastapi import FastAPI, Response
from prometheus_client import Counter, make_asgi_app
from pydantic import BaseModel, Field

from reviews.store import MongoStore, Store

WRITTEN = Counter("reviews_written_total", "Reviews by stars.", ["stars"])


class Review(BaseModel):
    stars: int = Field(ge=1, le=5)
    text: str = Field(default="", max_length=2000)


def create_app(store: Store) -> FastAPI:
    app = FastAPI(title="reviews")
    app.mount("/metrics", make_asgi_app())

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz(response: Response) -> dict[str, str]:
        if store.ready():
            return {"status": "ok"}
        response.status_code = 503
        return {"status": "the database does not answer"}

    @app.post("/products/{sku}/reviews", status_code=201)
    def write(sku: str, review: Review) -> Review:
        store.add(sku, review.stars, review.text)
        WRITTEN.labels(str(review.stars)).inc()
        return review

    @app.get("/products/{sku}/reviews")
    def read(sku: str) -> dict:
        reviews = store.of(sku)
        average = round(fmean(review["stars"] for review in reviews), 2) if reviews else None
        return {"sku": sku, "average": average, "reviews": reviews}

    return app


def run() -> None:
    store = MongoStore(os.environ.get("MONGO_URL", "mongodb://localhost:27017/reviews"))
    uvicorn.run(create_app(store), host="0.0.0.0", port=8000)


if __name__ == "__main__":
    run()
