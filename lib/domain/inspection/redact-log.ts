/** What replaces a secret. */
const removed = "[removed]";

/** What a terminal takes as an order: escape, bracket, numbers, letter. */
const terminalOrder = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, "g");

/**
 * The log of a job in memory without what opens anything: the boot tokens in addresses, and values
 * of words that name a secret. Control characters other than the ends of lines are dropped.
 */
export function redactJobLog(text: string): string {
  return text
    .replace(terminalOrder, "")
    .replace(/\r\n?/g, "\n")
    .replace(/[^\P{C}\n\t]/gu, "")
    .replace(/\b[0-9a-f]{32}\b/gi, removed)
    .replace(/(password|passwd|secret|token|authorization)(\s*[=:]\s*)\S+/gi, `$1$2${removed}`);
}
