// Of what a script writes, and of what a provider writes with its answers to one run, the beginning and the end are
// kept: what it set out to do, and how it went.

/** What is kept of a log at most, in bytes: of its beginning, and of its end. */
export const longestLog = { head: 32 * 1024, tail: 32 * 1024 } as const;

/** The same of what a provider wrote: it stands in the list of runs, which is read again and again. */
export const longestAnswers = { head: 4 * 1024, tail: 8 * 1024 } as const;

/** A log as it is kept; between its two parts so many bytes are left out. */
export type KeptLog = { log: string; logTail: string; logLeftOut: number };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The log with more text at its end: what no longer fits is left out of its middle, in whole characters. */
export function withMore(
  { log, logTail, logLeftOut }: KeptLog,
  text: string,
  longest: { head: number; tail: number } = longestLog,
): KeptLog {
  const room = logTail === "" ? Math.max(0, longest.head - encoder.encode(log).length) : 0;
  const { read } = encoder.encodeInto(text, new Uint8Array(room));
  const rest = text.slice(read);
  if (rest === "") return { log: log + text, logTail, logLeftOut };
  const bytes = encoder.encode(logTail + rest);
  let from = Math.max(0, bytes.length - longest.tail);
  // Not in the middle of a character: its later bytes are 10xxxxxx.
  while (((bytes[from] ?? 0) & 0xc0) === 0x80) from++;
  return {
    log: log + text.slice(0, read),
    logTail: decoder.decode(bytes.subarray(from)),
    logLeftOut: logLeftOut + from,
  };
}

/** A log as it is read, with a line where something is left out. */
export function readLog({ log, logTail, logLeftOut }: KeptLog): string {
  return logLeftOut > 0 ? `${log}\n[${logLeftOut} bytes left out]\n${logTail}` : log + logTail;
}

/** What came with one answer as it stands in the log of its run; empty where nothing did. */
export function answerEntry({ call, kind, log }: { call: number; kind: string; log: string }) {
  return log === "" ? "" : `[call ${call}, ${kind}]\n${log}\n`;
}

/** Of what a script wrote last so many lines and characters say how it went, in a sentence. */
const toldLines = 3;
const toldCharacters = 200;

/** The end of what a script wrote, in one line; empty when it wrote nothing that can be read. */
export function lastWritten(log: string): string {
  const lines = log
    .split("\n")
    .map((line) => line.replace(/\p{Cc}+/gu, " ").trim())
    .filter(Boolean);
  const told = lines.slice(-toldLines).join(" / ");
  const from = told.length - toldCharacters;
  // Not from the middle of a character.
  return from > 0 ? `…${told.slice(from).replace(/^[\uDC00-\uDFFF]/, "")}` : told;
}
