import { z } from "zod";
import type { AuditSeal } from "#lib/access/audit-seal";

const seal = z.object({
  chain: z.string(),
  length: z.number().int().positive(),
  hash: z.string(),
  at: z.iso.datetime(),
  keyId: z.string(),
  signature: z.string(),
}) satisfies z.ZodType<AuditSeal>;

/**
 * The seals in lines of the worker's log, as some log system has kept them; other lines are passed over.
 * Throws in words when one is cut off, or when there is none at all.
 */
export function sealsIn(lines: string): AuditSeal[] {
  const seals = lines.split("\n").flatMap((line, at) => {
    if (!line.includes('"seal"')) return [];
    const parsed = z.object({ seal }).safeParse(entryOf(line));
    if (!parsed.success) throw new Error(`Line ${at + 1} has a seal that is not whole.`);
    return [parsed.data.seal];
  });
  if (seals.length === 0) throw new Error("There is no seal in it.");
  return seals;
}

function entryOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
