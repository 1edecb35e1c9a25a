import { randomUUID } from "node:crypto";

import express from "express";
import { Counter, Registry, collectDefaultMetrics } from "prom-client";

/**
 * The shop's pages. `carts` and `queue` are what Redis and RabbitMQ do for it,
 * so that its tests need neither.
 */
export function createApp({ carts, queue }) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const checkouts = new Counter({
    name: "web_shop_checkouts_total",
    help: "Carts that became orders.",
    registers: [registry],
  });

  const app = express();
  app.disable("x-powered-by");
  app.use(express.json());

  app.get("/healthz", (_request, response) => {
    response.json({ status: "ok" });
  });

  app.get("/metrics", async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });

  app.post("/carts", async (_request, response) => {
    const id = randomUUID();
    await carts.save(id, []);
    response.status(201).json({ id, items: [] });
  });

  app.post("/carts/:id/items", async (request, response) => {
    const items = await carts.load(request.params.id);
    const { sku, quantity } = request.body ?? {};
    if (!items) return response.status(404).json({ error: "no such cart" });
    if (typeof sku !== "string" || !Number.isInteger(quantity) || quantity < 1) {
      return response.status(400).json({ error: "an item needs a sku and a quantity" });
    }
    items.push({ sku, quantity });
    await carts.save(request.params.id, items);
    response.status(201).json({ id: request.params.id, items });
  });

  app.post("/carts/:id/checkout", async (request, response) => {
    const items = await carts.load(request.params.id);
    if (!items) return response.status(404).json({ error: "no such cart" });
    if (items.length === 0) return response.status(409).json({ error: "the cart is empty" });
    await queue.publish({ cart: request.params.id, items });
    await carts.drop(request.params.id);
    checkouts.inc();
    response.status(202).end();
  });

  return app;
}
