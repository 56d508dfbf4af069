// What a person at a terminal sees of the launcher. Anything else is given the lines as they are.

/**
 * One line of a service as a person reads it: the time, who says it, the message and its fields.
 * A line that is no JSON of ours (Next, a stack trace) is shown as it is. Null for what nobody
 * reads: empty lines, Next's greeting from each of its processes, and the build's list of pages (a
 * build that fails says why in its error).
 */
export function readableLine(service: string, line: string): string | null {
  if (line.trim() === "" || (service === "build" && !/^(Building|Waiting|✓)/.test(line)))
    return null;
  if (service === "web" && /^\s*(▲ Next|- (Local|Network):|✓ (Ready|Running))/.test(line))
    return null;
  const name = service.padEnd(8);
  const entry = parsedEntry(line);
  if (!entry) return `         ${name} ${visible(line)}`;
  const { time, level, msg, service: _, ...fields } = entry;
  const shown = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  const mark = Number(level) >= 50 ? "ERROR " : Number(level) >= 40 ? "warning " : "";
  return visible(`${String(time).slice(11, 19)} ${name} ${mark}${[msg, ...shown].join("  ")}`);
}

/**
 * What steers a terminal, or turns the order of writing round, as text: a value that came from outside makes
 * no line of its own and no colour.
 */
function visible(text: string): string {
  return text.replace(
    /[^\P{Cc}\t]|[\u2028-\u202e\u2066-\u2069]/gu,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function parsedEntry(line: string): Record<string, unknown> | null {
  if (!line.startsWith("{")) return null;
  try {
    const entry = JSON.parse(line);
    return typeof entry.msg === "string" && typeof entry.time === "string" ? entry : null;
  } catch {
    return null;
  }
}

/** What runs and where, once it does. */
export function banner(input: {
  origin: string;
  bootOrigin: string;
  services: readonly string[];
  database: string;
  setupLink: string | null;
}): string {
  const rows = [
    ["portal", input.origin, "web"],
    ["boot server", input.bootOrigin, "boot"],
    ["worker", "carries out operations", "worker"],
    ["database", input.database, null],
  ] as const;
  const lines = rows
    .filter(([, , service]) => service === null || input.services.includes(service))
    .map(([what, where]) => `    ${what.padEnd(13)}${where}`);
  return [
    "",
    `  Ingot is running: ${input.origin}`,
    "",
    ...lines,
    "",
    ...(input.setupLink ? [`  First of all, make the first operator: ${input.setupLink}`, ""] : []),
    "  Ctrl-C stops everything.",
    "",
  ].join("\n");
}
