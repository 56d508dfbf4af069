import Papa from "papaparse";
import { z } from "zod";
import type { PlaceSource } from "#lib/domain/fabric/fabric";
import { readGuid } from "#lib/domain/fabric/guid";
import { isIbnetdiscover, readIbnetdiscover } from "#lib/domain/fabric/ibnetdiscover";
import { type ListedPort, mostPortLines } from "#lib/domain/fabric/port-plan";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import { label, line } from "#lib/schemas/text";

/** What was read, and from what kind of source. */
export type PortSheet = {
  source: PlaceSource;
  /** What the source says of itself: when the fabric was looked at. */
  detail: string | null;
  lines: ListedPort[];
};

const listedPort = z.object({
  guid: z.string().transform((text, context) => {
    const guid = readGuid(text);
    if (guid) return guid;
    context.addIssue("A GUID has 16 hexadecimal digits, as in 0c42a10300a1b2c4.");
    return z.NEVER;
  }),
  leaf: label("the leaf switch's name", 100),
  leafPort: z
    .string()
    .trim()
    .regex(/^(\d{1,4})?$/, "A leaf's port is a number.")
    .transform((text) => (text === "" ? null : Number(text))),
  rail: line(20).transform((text) => text || null),
  node: line(63).transform((text) => text || null),
});

type Column = keyof typeof listedPort.shape;

const headings: Record<string, Column> = {
  guid: "guid",
  port_guid: "guid",
  leaf: "leaf",
  switch: "leaf",
  port: "leafPort",
  leaf_port: "leafPort",
  switch_port: "leafPort",
  rail: "rail",
  node: "node",
  name: "node",
  host: "node",
};

/**
 * Reads where ports are plugged in: the output of `ibnetdiscover`, or a list of comma, semicolon or
 * tab separated values with a heading. Refuses what is neither; a line that is wrong only says so.
 */
export function readPortSheet(text: string): Result<PortSheet, RefusalOf<"invalid_input">> {
  return isIbnetdiscover(text) ? readDiscovered(text) : readList(text);
}

function readDiscovered(text: string): Result<PortSheet, RefusalOf<"invalid_input">> {
  const { places, generatedOn } = readIbnetdiscover(text);
  if (places.length === 0) {
    return unreadable("This output of ibnetdiscover has no adapter that is plugged into a switch.");
  }
  if (places.length > mostPortLines) return tooMany(places.length);
  return ok({
    source: "ibnetdiscover",
    detail: generatedOn,
    lines: places.map((place, at) => ({
      line: at + 1,
      guid: place.guid,
      place: { ...place, node: null },
      problems: [],
    })),
  });
}

function readList(text: string): Result<PortSheet, RefusalOf<"invalid_input">> {
  const parsed = Papa.parse<string[]>(text.replace(/^\uFEFF/, ""), {
    delimitersToGuess: [",", ";", "\t"],
  });
  const broken = parsed.errors.find((error) => error.type === "Quotes");
  if (broken) {
    return unreadable(
      `Line ${(broken.row ?? 0) + 1}: a quotation mark is opened and not closed, or closed too early.`,
    );
  }
  const [heading = [], ...rows] = parsed.data;
  const columns = heading.map(
    (cell) =>
      headings[
        cell
          .trim()
          .toLowerCase()
          .replaceAll(/[\s-]+/g, "_")
      ],
  );
  const missing = (["guid", "leaf"] as const).filter((column) => !columns.includes(column));
  if (missing.length > 0) {
    return unreadable(
      `This is no output of ibnetdiscover, and as a list it lacks ${missing.join(" and ")}: the first line names the columns.`,
    );
  }
  const unknown = heading.filter((cell, at) => !columns[at] && cell.trim() !== "");
  if (unknown.length > 0) {
    return unreadable(`The heading has columns that mean nothing here: ${unknown.join(", ")}.`);
  }
  const twice = columns.find((column, at) => column && columns.indexOf(column) !== at);
  if (twice) return unreadable(`The heading names one column twice: ${heading.join(", ")}.`);
  const filled = rows
    .map((cells, at) => ({ cells, line: at + 2 }))
    .filter(({ cells }) => cells.some((cell) => cell.trim() !== ""));
  if (filled.length === 0) return unreadable("There is no line below the heading.");
  if (filled.length > mostPortLines) return tooMany(filled.length);
  return ok({
    source: "list",
    detail: null,
    lines: filled.map(({ cells, line }) => readLine(line, cells, columns)),
  });
}

function readLine(
  number: number,
  cells: readonly string[],
  columns: readonly (Column | undefined)[],
): ListedPort {
  const raw: Record<string, string> = { guid: "", leaf: "", leafPort: "", rail: "", node: "" };
  columns.forEach((column, at) => {
    if (column) raw[column] = cells[at] ?? "";
  });
  const read = listedPort.safeParse(raw);
  const problems = [...new Set((read.error?.issues ?? []).map((issue) => issue.message))];
  if (cells.length > columns.length) {
    problems.push(`It has ${cells.length} fields and the heading ${columns.length}.`);
  }
  return {
    line: number,
    guid: read.data?.guid ?? (raw.guid ?? "").trim().slice(0, 40),
    place:
      read.success && problems.length === 0
        ? { ...read.data, nodeGuid: null, rateGbps: null, description: null }
        : null,
    problems,
  };
}

function tooMany(count: number) {
  return unreadable(
    `This has ${count.toLocaleString("en")} ports; at most ${mostPortLines.toLocaleString("en")} are taken at once. Send it in parts.`,
  );
}

function unreadable(words: string) {
  return refuse({ kind: "invalid_input" as const, fields: { text: words } });
}
