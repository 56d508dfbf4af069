import { clockBits } from "#lib/domain/health/conditions";

const words: readonly (readonly [bit: number, words: string])[] = [
  [clockBits.idle, "idle"],
  [clockBits.applicationClocks, "application clocks"],
  [clockBits.powerCap, "power limit"],
  [clockBits.hwSlowdown, "hardware slowdown"],
  [clockBits.syncBoost, "sync boost"],
  [clockBits.swThermal, "heat, by the driver"],
  [clockBits.hwThermal, "heat, by the hardware"],
  [clockBits.powerBrake, "power brake"],
];

/** Bits that mean that something holds a GPU back which should not: all but idling, limits and sync. */
export const throttleMask =
  clockBits.hwSlowdown | clockBits.swThermal | clockBits.hwThermal | clockBits.powerBrake;

/** Why clocks are not at their highest, in words; empty when nothing holds them. */
export function clockReasonWords(reasons: number): string[] {
  return words.flatMap(([bit, text]) => ((reasons & bit) === 0 ? [] : [text]));
}
