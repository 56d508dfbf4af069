/**
 * Changes what the address says after its "?". By what it says now, not by what was drawn of it last: of two
 * choices that follow one another at once both count. Nothing is asked of the server.
 */
export function changeAddress(change: (params: URLSearchParams) => void): void {
  const next = new URLSearchParams(globalThis.location.search);
  change(next);
  globalThis.history.replaceState(null, "", `?${next}`);
}
