import { expect, test } from "vitest";
import { joinWords, splitWords } from "#lib/domain/template/command-line";

test.for([
  ["apt-get install -y nvtop", ["apt-get", "install", "-y", "nvtop"]],
  ["  two   spaces ", ["two", "spaces"]],
  [`sh -c 'echo "$HOME" | tee /x'`, ["sh", "-c", `echo "$HOME" | tee /x`]],
  [`say "a \\"b\\" \\n" c\\ d`, ["say", `a "b" \\n`, "c d"]],
  [`x='y z'"w"v`, ["x=y zwv"]],
  [`empty ''`, ["empty", ""]],
  ["", []],
] as const)("%s", ([line, words]) => {
  expect(splitWords(line)).toEqual(words);
});

test.for([`sh -c 'open`, `say "open`, "ends in \\"])(
  "what is not closed is no command: %s",
  (line) => {
    expect(splitWords(line)).toBeUndefined();
  },
);

test("what is joined is split into the same words", () => {
  const hard = ["plain", "", "a b", "it's", `"q"`, "back\\slash", "$HOME", "tab\there", "ü"];
  expect(splitWords(joinWords(hard))).toEqual(hard);
});
