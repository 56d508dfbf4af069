import fc from "fast-check";
import { expect, test } from "vitest";
import { mostSheetLines } from "#lib/domain/node/enrolment-plan";
import { readEnrolmentSheet, type SheetLine } from "#lib/schemas/enrolment-sheet";

const signIn = { username: "admin", password: "copper" };
const heading = "name,controller,node_type,rack,unit";

function read(text: string, defaults = signIn): SheetLine[] {
  const sheet = readEnrolmentSheet({ text, ...defaults });
  if (!sheet.ok) throw new Error(sheet.refusal.fields.text);
  return sheet.value;
}

function refusal(text: string): string | undefined {
  const sheet = readEnrolmentSheet({ text, ...signIn });
  return sheet.ok ? undefined : sheet.refusal.fields.text;
}

test("reads a line as a node, with the sign-in that is for all", () => {
  expect(read(`${heading}\ngpu-1,10.0.8.21,dgx-h100,r07,5\n`)).toEqual([
    {
      line: 2,
      name: "gpu-1",
      controllerAddress: "10.0.8.21",
      node: {
        name: "gpu-1",
        controllerAddress: "10.0.8.21:443",
        nodeType: "dgx-h100",
        rack: "r07",
        unit: 5,
        username: "admin",
        password: "copper",
        expectedFingerprint: null,
        address: null,
      },
      problems: [],
    },
  ]);
});

test.each([
  ["semicolons", "name;bmc;type;rack\ngpu-1;10.0.8.21;dgx-h100;r07"],
  ["tabs", "name\tbmc ip\ttype\track\ngpu-1\t10.0.8.21\tdgx-h100\tr07"],
  ["a byte order mark", "\uFEFFname,bmc,type,rack\r\ngpu-1,10.0.8.21,dgx-h100,r07\r\n"],
  [
    "quotes, blanks and empty lines",
    'Name , BMC,Type,Rack\n\n"gpu-1", 10.0.8.21 ,dgx-h100,"r07"\n,,,\n',
  ],
])("reads %s", (_, text) => {
  const [line, ...others] = read(text);
  expect(line?.problems).toEqual([]);
  expect(line?.node).toMatchObject({ name: "gpu-1", controllerAddress: "10.0.8.21:443" });
  expect(others).toEqual([]);
});

test("a sign-in of the line's own wins, and a password keeps its blanks and commas", () => {
  const [line] = read(
    'name,controller,node_type,rack,username,password\ngpu-1,h1,t,r,root," a,""b"',
  );
  expect(line?.node).toMatchObject({ username: "root", password: ' a,"b' });
});

test("says of each line what is wrong with it, and leaves the others as they are", () => {
  const lines = read(
    [
      `${heading},fingerprint,address`,
      "Gpu 1,10.0.8.21,dgx,r07,1",
      "gpu-2,10.0.8.22/x,dgx,r07,zwei",
      "gpu-3,10.0.8.23,dgx,,1,abcd,10.0.0.300",
      "gpu-4,10.0.8.24,dgx,r07,1,,,,too much",
      "gpu-5,10.0.8.25,dgx,r07,1",
    ].join("\n"),
  );
  expect(lines.map((line) => line.problems.join(" "))).toEqual([
    expect.stringContaining("Use lower-case letters"),
    expect.stringMatching(/Enter a host name.*Units are whole numbers/),
    expect.stringMatching(/Enter the rack.*64 hexadecimal.*IP address/),
    "It has 9 fields and the heading 7.",
    "",
  ]);
  expect(lines.map((line) => line.node !== null)).toEqual([false, false, false, false, true]);
});

test("a line without a sign-in says so when there is none for all", () => {
  const [line] = read(`${heading}\ngpu-1,h1,t,r,`, { username: "", password: "" });
  expect(line?.problems.join(" ")).toMatch(/user name.*password/);
});

test.each([
  ["", "It lacks name, controller, node_type, rack."],
  ["name,controller", "It lacks node_type, rack."],
  [heading, "There is no line below the heading."],
  [`${heading},colour\na,b,c,d,e,f`, "mean nothing here: colour"],
  ["name,node,bmc,type,rack\na,b,c,d,e", "names one column twice"],
  [`${heading}\n"gpu-1,10.0.8.21,dgx,r07,1\ngpu-2,10.0.8.22,dgx,r07,2`, "quotation mark"],
  [`${heading}\n${"a,b,c,d,1\n".repeat(mostSheetLines + 1)}`, "at most 5,000 are taken at once"],
])("refuses %.30j as a whole", (text, words) => {
  expect(refusal(text)).toContain(words);
});

test("whatever it is given, it answers", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 400 }), (rest) => {
      for (const text of [rest, `${heading}\n${rest}`]) {
        const sheet = readEnrolmentSheet({ text, ...signIn });
        if (sheet.ok) for (const line of sheet.value) expect(line.line).toBeGreaterThan(1);
        else expect(sheet.refusal.fields.text).toBeTruthy();
      }
    }),
    { numRuns: 2_000 },
  );
});
