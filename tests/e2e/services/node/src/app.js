import http from 'node:http';

import { checked, total } from './basket.js';

async function body(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

async function answer(store, request) {
  const { pathname } = new URL(request.url, 'http://localhost');
  if (pathname === '/healthz') return [200, { status: 'ok' }];
  if (pathname === '/readyz') {
    const ready = await store.ready();
    return [ready ? 200 : 503, { ready }];
  }
  const [, basket] = /^\/baskets\/([^/]+)$/.exec(pathname) ?? [];
  if (basket === undefined) return [404, { error: 'no such page' }];
  if (request.method === 'PUT') {
    let item;
    try {
      item = checked(await body(request));
    } catch (error) {
      return [400, { error: error.message }];
    }
    await store.put(basket, item);
  }
  const items = await store.items(basket);
  return [200, { items, total: total(items) }];
}

export function createApp(store) {
  return http.createServer(async (request, response) => {
    let status, content;
    try {
      [status, content] = await answer(store, request);
    } catch (error) {
      console.error(error);
      [status, content] = [503, { error: 'try again later' }];
    }
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(content));
  });
}
