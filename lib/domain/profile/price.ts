/** What nodes cost in an hour, and of how many that is not told. */
export type HourlyPrice = { cents: number; pricedNodes: number; unpricedNodes: number };

/** Adds up what nodes cost in an hour, in hundredths of the currency. */
export function hourlyPrice(
  groups: readonly { nodes: number; priceCents: number | null }[],
): HourlyPrice {
  const sum = { cents: 0, pricedNodes: 0, unpricedNodes: 0 };
  for (const { nodes, priceCents } of groups) {
    if (priceCents === null) {
      sum.unpricedNodes += nodes;
    } else {
      sum.pricedNodes += nodes;
      sum.cents += nodes * priceCents;
    }
  }
  return sum;
}

/**
 * An amount in hundredths of a currency (ISO 4217) as a person reads it, to the hundredth:
 * `USD 1,234.50`. The code stands before the amount, since $ is the sign of twenty currencies.
 */
export function priceWords(cents: number, currency: string): string {
  return `${currency} ${amountWords(cents)}`;
}

/** The amount alone, as where the currency stands in the head of a column: `1,234.50`. */
export function amountWords(cents: number): string {
  return (cents / 100).toLocaleString("en-GB", {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  });
}

/**
 * What a launch would cost, in a sentence; null when no price is told of any of its nodes.
 * `leaseHours` null: it stays until somebody releases it.
 */
export function costWords(
  price: HourlyPrice,
  leaseHours: number | null,
  currency: string,
): string | null {
  if (price.pricedNodes === 0) return null;
  const hour = `${priceWords(price.cents, currency)} an hour`;
  const whole =
    leaseHours === null
      ? `${priceWords(price.cents * 24, currency)} a day, until it is released`
      : `${priceWords(price.cents * leaseHours, currency)} for the whole lease`;
  const rest =
    price.unpricedNodes === 0
      ? ""
      : ` ${price.unpricedNodes === 1 ? "One node has" : `${price.unpricedNodes} nodes have`} no price and ${price.unpricedNodes === 1 ? "is" : "are"} not counted.`;
  return `${hour}: ${whole}.${rest}`;
}
