import { expect, test } from "vitest";
import { readPortSheet } from "#lib/schemas/port-sheet";

const problem = (text: string) => {
  const read = readPortSheet(text);
  return read.ok ? null : read.refusal.fields.text;
};

test("a list in the forms that people write", () => {
  const read = readPortSheet(
    "\uFEFFPort GUID;Switch;Switch port;Rail;Node\r\n0x0C42:A103:00A1:B2C4;leaf-1;7;3;gpu-1\r\nxyz;;seven;\r\n",
  );
  if (!read.ok) throw new Error(read.refusal.fields.text);
  expect(read.value).toMatchObject({
    source: "list",
    lines: [
      {
        line: 2,
        place: { guid: "0c42a10300a1b2c4", leaf: "leaf-1", leafPort: 7, rail: "3", node: "gpu-1" },
      },
      { line: 3, guid: "xyz", place: null },
    ],
  });
  expect(read.value.lines[1]?.problems).toEqual([
    "A GUID has 16 hexadecimal digits, as in 0c42a10300a1b2c4.",
    "Enter the leaf switch's name.",
    "A leaf's port is a number.",
  ]);
});

test("what is no list is refused as a whole, in words", () => {
  expect(problem("hello")).toContain("as a list it lacks guid and leaf");
  expect(problem("guid,leaf")).toBe("There is no line below the heading.");
  expect(problem("guid,leaf,colour\n1,2,3")).toContain("mean nothing here: colour");
  expect(problem("guid,guid,leaf\n1,2,3")).toContain("one column twice");
  expect(problem('guid,leaf\n"1,2')).toContain("quotation mark");
  expect(problem(`guid,leaf\n${"1,a\n".repeat(20_001)}`)).toContain("at most 20,000");
  expect(problem('Switch\t40 "S-b8ce"\t# "lonely"')).toContain("no adapter that is plugged");
});
