import assert from "node:assert/strict";
import { test } from "node:test";

import { compose, createMailer } from "../src/mailer.js";

test("an event becomes a mail", () => {
  const mail = compose({ type: "order.sent", to: "ada@example.com", order: 7, days: 2 });

  assert.deepEqual(mail, { to: "ada@example.com", text: "Order 7 arrives in 2 days." });
});

test("what customers need not know is not sent", async () => {
  const sent = [];
  const mailer = createMailer({ send: async (mail) => sent.push(mail) });

  assert.equal(await mailer.handle({ type: "stock.counted", to: "ada@example.com" }), false);
  assert.equal(await mailer.handle({ type: "order.placed", to: "ada@example.com", order: 1 }), true);
  assert.equal(sent.length, 1);
});

test("mails are taken by HTTP, health and metrics answer", async () => {
  const { server } = createMailer({ send: async () => {} });
  await new Promise((resolve) => server.listen(0, resolve));
  const base = `http://127.0.0.1:${server.address().port}`;

  assert.equal((await fetch(`${base}/healthz`)).status, 200);
  for (const [body, status] of [['{"type": "payment.taken", "to": "a", "cents": 100}', 202], ["{", 400]]) {
    assert.equal((await fetch(`${base}/mails`, { method: "POST", body })).status, status);
  }
  assert.match(await (await fetch(`${base}/metrics`)).text(), /mailer_sent_total 1/);
  server.close();
});
