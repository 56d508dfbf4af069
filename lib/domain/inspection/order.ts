/**
 * What a node goes through before it is available: `inspect` reads its hardware from within,
 * `burn_in` puts it to the test as well.
 */
export const inspectionLevels = ["inspect", "burn_in"] as const;
export type InspectionLevel = (typeof inspectionLevels)[number];

/** How long each test of a burn-in may be told to take. */
export const testSeconds = { least: 3, most: 3_600, usual: 300 } as const;

/** What is asked of an inspection. */
export type InspectionOrder = {
  level: InspectionLevel;
  /** How long each test lasts; of a burn-in alone. */
  seconds?: number;
};

/**
 * The more demanding of two orders; undefined when there is neither. Of two burn-ins the longer one
 * counts.
 */
export function strongerOrder(
  one: InspectionOrder | undefined,
  other: InspectionOrder | undefined,
): InspectionOrder | undefined {
  if (!one || !other) return one ?? other;
  if (one.level !== other.level) return one.level === "burn_in" ? one : other;
  return (one.seconds ?? 0) >= (other.seconds ?? 0) ? one : other;
}

/** An order in words: `burn-in, 300 s for each test`. */
export function orderWords(order: InspectionOrder): string {
  if (order.level === "inspect") return "inspection only";
  return `burn-in, ${order.seconds ?? testSeconds.usual} s for each test`;
}
