import Papa from "papaparse";
import { z } from "zod";
import { longestSheet, mostSheetLines } from "#lib/domain/node/enrolment-plan";
import type { RefusalOf } from "#lib/domain/refusal";
import { ok, type Result, refuse } from "#lib/domain/result";
import {
  addressOfSystem,
  controllerAddress,
  fingerprint,
  nodeName,
  rackUnit,
} from "#lib/schemas/node";
import { label, line, prose } from "#lib/schemas/text";

export const enrolSheetInput = z
  .object({
    text: prose(longestSheet).min(1, "Enter, paste or choose a list of nodes."),
    /** For the lines that name no sign-in of their own. */
    username: line(128),
    password: z.string().max(512, "At most 512 characters."),
  })
  .strict();
export type EnrolSheetInput = z.infer<typeof enrolSheetInput>;

const sheetNode = z.object({
  name: nodeName,
  controllerAddress,
  nodeType: label("the node type's name", 63),
  rack: label("the rack, or site/rack", 130),
  unit: z
    .string()
    .regex(/^(\d{1,3})?$/, "Units are whole numbers.")
    .transform((text) => (text === "" ? null : Number(text)))
    .pipe(rackUnit),
  username: label("a user name, in the line or for all", 128),
  password: z
    .string()
    .min(1, "Enter a password, in the line or for all.")
    .max(512, "A password has at most 512 characters."),
  expectedFingerprint: fingerprint.nullable(),
  address: addressOfSystem.nullable(),
});
export type SheetNode = z.infer<typeof sheetNode>;

/** One line of a sheet: the node that it describes, or what is wrong with it. */
export type SheetLine = {
  /** Counted from 1, with the heading as the first. */
  line: number;
  name: string;
  controllerAddress: string;
  node: SheetNode | null;
  problems: string[];
};

type Column = keyof SheetNode;

const headings: Record<string, Column> = {
  name: "name",
  node: "name",
  hostname: "name",
  controller: "controllerAddress",
  controller_address: "controllerAddress",
  bmc: "controllerAddress",
  bmc_address: "controllerAddress",
  bmc_ip: "controllerAddress",
  node_type: "nodeType",
  type: "nodeType",
  rack: "rack",
  unit: "unit",
  u: "unit",
  username: "username",
  user: "username",
  password: "password",
  fingerprint: "expectedFingerprint",
  address: "address",
  ip: "address",
};
const needed = {
  name: "name",
  controllerAddress: "controller",
  nodeType: "node_type",
  rack: "rack",
};

/**
 * Reads a list of nodes as comma, semicolon or tab separated values with a heading (RFC 4180).
 * Refuses a list that is none as a whole; a line that is wrong only says so, and the others stand.
 */
export function readEnrolmentSheet(
  input: EnrolSheetInput,
): Result<SheetLine[], RefusalOf<"invalid_input">> {
  const parsed = Papa.parse<string[]>(input.text.replace(/^\uFEFF/, ""), {
    skipEmptyLines: false,
    delimitersToGuess: [",", ";", "\t"],
  });
  const broken = parsed.errors.find((error) => error.type === "Quotes");
  if (broken) {
    return unreadable(
      `Line ${(broken.row ?? 0) + 1}: a quotation mark is opened and not closed, or closed too early.`,
    );
  }
  const [heading, ...rows] = parsed.data;
  const columns = (heading ?? []).map(
    (text) =>
      headings[
        text
          .trim()
          .toLowerCase()
          .replaceAll(/[\s-]+/g, "_")
      ],
  );
  const missing = Object.entries(needed).filter(([column]) => !columns.includes(column as Column));
  if (missing.length > 0) {
    return unreadable(
      `The first line names the columns. It lacks ${missing.map(([, name]) => name).join(", ")}.`,
    );
  }
  const unknown = (heading ?? []).filter((text, at) => !columns[at] && text.trim() !== "");
  if (unknown.length > 0) {
    return unreadable(`The heading has columns that mean nothing here: ${unknown.join(", ")}.`);
  }
  const twice = columns.find((column, at) => column && columns.indexOf(column) !== at);
  if (twice) return unreadable(`The heading names one column twice: ${heading?.join(", ")}.`);

  const lines = rows
    .map((cells, at) => ({ cells, line: at + 2 }))
    .filter(({ cells }) => cells.some((cell) => cell.trim() !== ""));
  if (lines.length === 0) return unreadable("There is no line below the heading.");
  if (lines.length > mostSheetLines) {
    return unreadable(
      `This list has ${lines.length.toLocaleString("en")} lines; at most ${mostSheetLines.toLocaleString("en")} are taken at once. Split it.`,
    );
  }
  return ok(lines.map(({ cells, line }) => readLine(line, cells, columns, input)));
}

function readLine(
  number: number,
  cells: readonly string[],
  columns: readonly (Column | undefined)[],
  defaults: EnrolSheetInput,
): SheetLine {
  const raw: Record<string, string> = {};
  for (const column of Object.keys(sheetNode.shape)) raw[column] = "";
  columns.forEach((column, at) => {
    if (column) raw[column] = cells[at] ?? "";
  });
  // A password may begin with a blank; nothing else does.
  raw.username = raw.username?.trim() || defaults.username;
  raw.password ||= defaults.password;
  const problems: string[] = [];
  if (cells.length > columns.length) {
    problems.push(`It has ${cells.length} fields and the heading ${columns.length}.`);
  }
  const read = sheetNode.safeParse({
    ...raw,
    unit: raw.unit?.trim(),
    expectedFingerprint: raw.expectedFingerprint?.trim() || null,
    address: raw.address?.trim() || null,
  });
  for (const issue of read.error?.issues ?? []) problems.push(issue.message);
  return {
    line: number,
    name: (raw.name ?? "").trim().slice(0, 80),
    controllerAddress: (raw.controllerAddress ?? "").trim().slice(0, 80),
    node: read.success && problems.length === 0 ? read.data : null,
    problems: [...new Set(problems)],
  };
}

function unreadable(words: string) {
  return refuse({ kind: "invalid_input" as const, fields: { text: words } });
}
