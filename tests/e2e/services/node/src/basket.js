/** What a basket costs. An item is `{sku, quantity, cents}`. */
export function total(items) {
  return items.reduce((sum, { quantity, cents }) => sum + quantity * cents, 0);
}

/** The item as it is kept, or an error that says what is wrong with it. */
export function checked({ sku, quantity, cents } = {}) {
  if (typeof sku !== 'string' || sku === '') throw new TypeError('sku is missing');
  if (!Number.isInteger(quantity) || quantity < 1) throw new TypeError('quantity is not a count');
  if (!Number.isInteger(cents) || cents < 0) throw new TypeError('cents is not a price');
  return { sku, quantity, cents };
}
