import { expect, test } from "vitest";
import { newId } from "#lib/domain/id";
import { templateProblems } from "#lib/domain/template/check-template";
import { joinWords, splitWords } from "#lib/domain/template/command-line";
import { starters } from "#lib/domain/template/starters";
import { createTemplateInput } from "#lib/schemas/template";

test("there are six to begin with", () => {
  expect(new Set(starters.map((starter) => starter.id)).size).toBe(6);
});

test.for(starters)("$title can be created and published as it is", (starter) => {
  const { id, title: _, groups, ...rest } = starter;
  const given = groups.map((group) => ({ ...group, profileId: newId("profile") }));
  const input = { ...rest, name: id, hooks: [], groups: given };
  expect(createTemplateInput.parse(input)).toMatchObject({ name: id });
  expect(templateProblems(starter.inputs, [], [])).toEqual([]);
});

test.for(starters)(
  "the commands of $title are the same when they were shown in the form",
  (starter) => {
    for (const words of starter.bootConfig.commands) {
      const line = joinWords(words);
      expect(line).not.toContain("\n");
      expect(splitWords(line)).toEqual(words);
    }
  },
);
