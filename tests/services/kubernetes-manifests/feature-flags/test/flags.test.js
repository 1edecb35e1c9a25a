import assert from "node:assert/strict";
import { test } from "node:test";

import { isOn, parse } from "../src/flags.js";

const customers = Array.from({ length: 1000 }, (_, number) => `customer-${number}`);

test("a flag is on for about so many customers as it says", () => {
  const flags = parse("dark-mode=25");
  const on = customers.filter((customer) => isOn(flags, "dark-mode", customer)).length;

  assert.ok(on > 200 && on < 300, `${on} of 1000`);
});

test("on is on for all, and what nobody named is off", () => {
  const flags = parse("checkout-v2");

  assert.ok(customers.every((customer) => isOn(flags, "checkout-v2", customer)));
  assert.ok(!customers.some((customer) => isOn(flags, "other", customer)));
});

test("what is no percentage is refused", () => {
  assert.throws(() => parse("dark-mode=half"), /no percentage/);
});
