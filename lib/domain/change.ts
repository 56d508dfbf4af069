/** One thing that differs between two versions of something, in words. */
export type Change = { what: string; before: string; after: string };
