import { expect, test } from "vitest";
import { aHook } from "#e2e/fixtures/hooks";
import { shellTexts, syntaxWords } from "#lib/domain/hook/shell-text";

test("what a shell reads is told with the shell that its first line, or its command, names", () => {
  const script = (name: string, text: string) =>
    aHook({ name, kind: "script", point: "after_bootstrap", script: { text, outputs: [] } });
  const told = shellTexts({
    hooks: [
      script("a", "#!/bin/bash\ntrue\n"),
      script("b", "#! /bin/sh -eu\ntrue\n"),
      script("c", "#!/usr/bin/env -S LANG=C bash -e\ntrue\n"),
      script("d", "#!/usr/bin/python3\nprint()\n"),
      script("e", "no first line"),
      aHook({ name: "f", kind: "wait" }),
      aHook({ name: "g", kind: "wait", script: { text: "#!/bin/sh\nfi\n", outputs: [] } }),
    ],
    bootConfig: {
      packages: [],
      commands: [
        ["systemctl", "restart", "x"],
        ["sh", "-ec", "true"],
        ["/bin/bash", "file.sh"],
      ],
    },
  });
  expect(told.map(({ of, shell, reader }) => `${of}: ${shell} by ${reader}`)).toEqual([
    "Hook a: bash by /bin/bash",
    "Hook b: sh by /bin/sh",
    "Hook c: bash by bash",
    "Hook d: null by /usr/bin/python3",
    "Hook g: sh by /bin/sh",
    "Command 2 at first boot: sh by sh",
  ]);
});

// A shell stops reading its options at the first word that is none: what comes after is the script's own.
test("a command hands a text to a shell only where the shell's own options say so", () => {
  const texts = (...commands: string[][]) =>
    shellTexts({ hooks: [], bootConfig: { packages: [], commands } }).map(({ text }) => text);
  expect(
    texts(
      ["bash", "/opt/x.sh", "-c", "config (prod)"],
      ["bash", "--", "/opt/x.sh", "-c", "config (prod)"],
      ["bash", "-o", "pipefail"],
      ["bash", "-c"],
    ),
  ).toEqual([]);
  expect(
    texts(
      ["bash", "-euo", "pipefail", "-c", "a"],
      ["bash", "--norc", "-c", "-e", "b", "name", "-c"],
      ["bash", "+O", "extglob", "-ceo", "pipefail", "--", "c"],
    ),
  ).toEqual(["a", "b", "c"]);
});

test("what bash, dash and busybox say is told with its line", () => {
  expect([
    syntaxWords("bash: line 3: syntax error near unexpected token `fi'\nbash: line 3: `fi fi'\n"),
    syntaxWords('sh: 3: Syntax error: "fi" unexpected (expecting "then")\n'),
    syntaxWords('sh: syntax error: unexpected end of file (expecting "fi")\n'),
    syntaxWords(""),
  ]).toEqual([
    "line 3: syntax error near unexpected token `fi'",
    'line 3: "fi" unexpected (expecting "then")',
    'sh: syntax error: unexpected end of file (expecting "fi")',
    "it gave no reason",
  ]);
});
