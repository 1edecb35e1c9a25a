import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';

import { createApp } from '../../src/app.js';
import { checked, total } from '../../src/basket.js';

test('a basket costs what its items cost', () => {
  assert.equal(total([]), 0);
  assert.equal(total([{ quantity: 2, cents: 450 }, { quantity: 1, cents: 99 }]), 999);
});

test('an item without a count is refused', () => {
  assert.throws(() => checked({ sku: 'tea', quantity: 0, cents: 1 }), /quantity/);
  assert.throws(() => checked(), /sku/);
});

describe('over HTTP', () => {
  let server, url;
  const kept = new Map();
  const store = {
    ready: async () => false,
    put: async (basket, item) => kept.set(basket, [...(kept.get(basket) ?? []), item]),
    items: async (basket) => kept.get(basket) ?? [],
  };
  const put = (item) => fetch(`${url}/baskets/ann`, { method: 'PUT', body: JSON.stringify(item) });

  before(async () => {
    server = createApp(store).listen(0);
    await once(server, 'listening');
    url = `http://localhost:${server.address().port}`;
  });
  after(() => server.close());

  test('an item is put into the basket', async () => {
    const answer = await put({ sku: 'tea', quantity: 2, cents: 450 });
    assert.equal((await answer.json()).total, 900);
  });

  test('what is no item is refused', async () => {
    assert.equal((await put({ sku: 'tea' })).status, 400);
  });

  test('it is alive, and not ready without its database', async () => {
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    assert.equal((await fetch(`${url}/readyz`)).status, 503);
  });
});
