import { z } from "zod";

const number = z.coerce.number().int().min(1).max(1_000_000).optional();

/** Two versions by number, as a URL names them; without one of them: the newest, or the one before. */
export const comparedVersions = z.object({ from: number, to: number });
export type ComparedVersions = { from?: number; to?: number };
