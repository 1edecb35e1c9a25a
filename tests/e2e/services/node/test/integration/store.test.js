import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { PostgreSqlContainer } from '@testcontainers/postgresql';

import { Store } from '../../src/store.js';

let container, store;

before(async () => {
  container = await new PostgreSqlContainer('postgres:15').start();
  store = new Store(container.getConnectionUri());
  await store.open();
});

after(async () => {
  await store?.close();
  await container?.stop();
});

test('what is put again is counted anew', async () => {
  await store.put('ann', { sku: 'tea', quantity: 1, cents: 450 });
  await store.put('ann', { sku: 'tea', quantity: 3, cents: 450 });
  assert.deepEqual(await store.items('ann'), [{ sku: 'tea', quantity: 3, cents: 450 }]);
});

test('a basket that nobody used is empty', async () => {
  assert.deepEqual(await store.items('nobody'), []);
});

test('it is ready with its database', async () => {
  assert.equal(await store.ready(), true);
});
