// An error id stands on a page that broke and in the log. One of a page whose database could not be asked
// says so itself.

const away = "database-away-";

/** A new one. */
export function errorIdOfAway(): string {
  return `${away}${crypto.randomUUID().slice(0, 8)}`;
}

/** Whether the page broke for that. */
export function isOfAway(errorId: string | undefined): boolean {
  return errorId?.startsWith(away) ?? false;
}
