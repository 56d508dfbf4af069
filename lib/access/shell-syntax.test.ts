import { existsSync, realpathSync } from "node:fs";
import { expect, test } from "vitest";
import { checkSyntax } from "#lib/access/shell-syntax";
import type { Shell } from "#lib/domain/hook/shell-text";

const text = (of: string, shell: Shell | null, content: string) => ({
  ...{ of, shell, reader: shell ?? "/usr/bin/python3", text: content },
});

const dashReadsSh = realpathSync("/bin/sh").endsWith("dash");

test("a shell says where a text is no script, and what no shell reads is said to be unchecked", async () => {
  const found = await checkSyntax([
    text("Fine", "sh", "#!/bin/sh\nset -eu\necho hello\n"),
    text("Open", "sh", "#!/bin/sh\nif true\n  echo hi\nfi fi\n"),
    text("Array", "bash", "#!/bin/bash\nx=(1 2)\necho hello\n"),
    text("Quote", "bash", "#!/bin/bash\necho 'a\n"),
    text("Other", null, "print('x')"),
  ]);
  expect(found.map(({ of, verdict }) => `${of} ${verdict}`)).toEqual([
    "Fine ok",
    "Open wrong",
    "Array ok",
    "Quote wrong",
    "Other unchecked",
  ]);
  expect(found[1]?.words).toMatch(/^Open: sh does not take it: line [34]: .+\.$/);
  expect(found[4]?.words).toBe(
    "Other: its syntax was not checked: /usr/bin/python3 reads it, and only what sh and bash read is looked at.",
  );
});

// bash reads the line that turns such patterns on, and with -n does not carry it out.
test("patterns that bash takes only with extglob are taken, and a fault beside them is not", async () => {
  const extglob = "#!/bin/bash\nshopt -s extglob\nrm -f !(keep)\n";
  const found = await checkSyntax([
    text("Pattern", "bash", extglob),
    text("Fault", "bash", `${extglob}fi\n`),
  ]);
  expect(found.map(({ verdict }) => verdict)).toEqual(["ok", "wrong"]);
  expect(found[1]?.words).toContain("line 4: ");
});

// The sh of an image may be bash; that of dash's own name is not. Where sh is bash here too, it takes the text.
test("what only bash takes is no fault of a text for sh, but is said", async () => {
  const array = "x=(1 2)\n";
  const [sh, dash, both] = await checkSyntax([
    text("Array", "sh", array),
    { ...text("Array", "sh", array), reader: "/bin/dash" },
    text("Both", "sh", `${array}fi\n`),
  ]);
  expect([dash?.verdict, both?.verdict]).toEqual([dashReadsSh ? "wrong" : "ok", "wrong"]);
  expect(sh?.words).toMatch(
    dashReadsSh
      ? /^Array: its syntax was not checked: sh here does not take it \(line 1: .+\), bash does, and which of them sh is depends on the image\.$/
      : /^$/,
  );
});

// bash reads what is within what by calling itself, and its stack has an end.
test("a shell that dies over a text is not said to be late", async () => {
  const [deep] = await checkSyntax([text("Deep", "bash", "$(".repeat(20_000))]);
  expect(deep?.words).toBe(
    "Deep: its syntax was not checked: /bin/bash was ended by SIGSEGV before it answered.",
  );
});

// Goes red when a text is handed to a shell that runs it.
test("nothing of a text is run", async () => {
  const mark = `/tmp/ingot-run-${process.pid}`;
  const content = `touch ${mark}\nx=$(touch ${mark})\n: "\${y:=$(touch ${mark})}"\n`;
  const found = await checkSyntax([
    text("Mark", "sh", content),
    text("Mark", "bash", content),
    // bash is asked of it in each way.
    text("Mark", "bash", `${content}fi\n`),
  ]);
  expect(found.map(({ verdict }) => verdict)).toEqual(["ok", "ok", "wrong"]);
  expect(existsSync(mark)).toBe(false);
});
