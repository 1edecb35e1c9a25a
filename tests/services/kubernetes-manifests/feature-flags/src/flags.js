/** `FLAGS="checkout-v2 dark-mode=25"`: on for all, or for so many percent of the customers. */
export function parse(text) {
  const flags = new Map();
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const [name, percent = "100"] = word.split("=");
    if (!/^\d{1,3}$/.test(percent) || Number(percent) > 100) {
      throw new Error(`${name}: "${percent}" is no percentage`);
    }
    flags.set(name, Number(percent));
  }
  return flags;
}

/** The same customer always gets the same answer. */
export function isOn(flags, name, customer) {
  let hash = 0;
  for (const character of `${name}/${customer}`) {
    hash = (hash * 31 + character.codePointAt(0)) >>> 0;
  }
  return hash % 100 < (flags.get(name) ?? 0);
}
