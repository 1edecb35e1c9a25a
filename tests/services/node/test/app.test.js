import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { createApp } from "../src/app.js";

const kept = new Map();
const published = [];
let server;
let base;

before(async () => {
  const carts = {
    save: async (id, items) => kept.set(id, items),
    load: async (id) => kept.get(id),
    drop: async (id) => kept.delete(id),
  };
  const queue = { publish: async (message) => published.push(message) };
  server = createApp({ carts, queue }).listen(0);
  await new Promise((resolve) => server.once("listening", resolve));
  base = `http://127.0.0.1:${server.address().port}`;
});

after(() => server.close());

function post(path, body) {
  return fetch(base + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

test("a cart that was filled is checked out once", async () => {
  const { id } = await (await post("/carts")).json();
  await post(`/carts/${id}/items`, { sku: "tea", quantity: 2 });

  assert.equal((await post(`/carts/${id}/checkout`)).status, 202);
  assert.deepEqual(published, [{ cart: id, items: [{ sku: "tea", quantity: 2 }] }]);
  assert.equal((await post(`/carts/${id}/checkout`)).status, 404);
});

test("an empty cart cannot be checked out", async () => {
  const { id } = await (await post("/carts")).json();

  assert.equal((await post(`/carts/${id}/checkout`)).status, 409);
});

test("an item without a quantity is refused", async () => {
  const { id } = await (await post("/carts")).json();

  assert.equal((await post(`/carts/${id}/items`, { sku: "tea" })).status, 400);
});

test("health and metrics answer", async () => {
  assert.equal((await fetch(`${base}/healthz`)).status, 200);
  assert.match(await (await fetch(`${base}/metrics`)).text(), /web_shop_checkouts_total 1/);
});
