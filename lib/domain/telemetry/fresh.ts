/** Older than this, what was told last says nothing of now: several scrapes have not come. */
export const freshMs = 90_000;
