/**
 * One thing that differs between two versions of something, in words. Null where it is not there: it was
 * added, or removed.
 */
export type Change = { what: string; before: string | null; after: string | null };
