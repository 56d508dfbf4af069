import type { HealthSeverity } from "#lib/domain/health/severity";

// What the codes of NVIDIA's driver mean for the node. Source: NVIDIA's Xid catalogue ("immediate
// action" and "resolution bucket" columns, 2025-10). Most Xids are a program's own fault, or noise.

/** The GPU or the node needs a reset, a repair or a person. */
const needsTheNode: Record<number, string> = {
  46: "the GPU stopped processing",
  48: "a double-bit ECC error",
  54: "auxiliary power is not connected",
  62: "the power controller halted",
  64: "a row could not be remapped",
  74: "an NVLink error",
  79: "the GPU has fallen off the bus",
  95: "an uncontained ECC error",
  109: "a context switch timed out",
  110: "a security fault",
  119: "the GPU's system processor timed out",
  120: "the GPU's system processor failed",
  136: "link training failed",
  140: "an unrecovered ECC error",
  142: "an error that NVIDIA wants to hear of",
  143: "the GPU failed to initialize",
  155: "an NVLink software error",
  156: "a resource was retired",
  158: "a fatal GPU error",
};
for (const nvlink of [144, 145, 146, 147, 148, 149, 150]) needsTheNode[nvlink] = "an NVLink error";

/** A program on the GPU was ended or did something wrong: restart the program. */
const ofTheProgram: Record<number, string> = {
  8: "the GPU stopped processing a program",
  11: "an invalid command stream",
  13: "a program accessed memory it may not",
  25: "an invalid program setting",
  31: "a program's memory access faulted",
  32: "a corrupted command stream",
  39: "a program's copy engine failed",
  40: "a program's copy engine failed",
  41: "a program's copy engine failed",
  60: "a video processor error",
  68: "a video processor error",
  69: "a graphics engine error",
  70: "a copy engine error",
  71: "a copy engine error",
  72: "a copy engine error",
  94: "a contained ECC error",
};

/** Those that mean something, in order. */
export const knownXids = Object.keys({ ...needsTheNode, ...ofTheProgram }).map(Number);

/** What an Xid asks for and means; null for those that ask for nothing. */
export function xidMeaning(xid: number): { severity: HealthSeverity; words: string } | null {
  const node = needsTheNode[xid];
  if (node !== undefined) return { severity: "critical", words: node };
  const program = ofTheProgram[xid];
  return program === undefined ? null : { severity: "warning", words: program };
}
