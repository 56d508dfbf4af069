import { expect, test } from "vitest";
import { compareVersions } from "#lib/domain/compared-versions";

const versions = [5, 3, 2, 1].map((version) => ({ version }));
const compare = (asked: { from?: number; to?: number }, of = versions) =>
  compareVersions(of, asked, ({ version: before }, { version: after }) => [
    { what: "Number", before: String(before), after: String(after) },
  ]);

test("any two versions are compared; of one alone the other is the newest, or the one before it", () => {
  const told = [{}, { to: 5 }, { to: 3 }, { from: 1 }, { from: 5, to: 2 }, { from: 2, to: 2 }].map(
    (asked) => {
      const compared = compare(asked);
      return compared.ok && compared.value && `${compared.value.from} to ${compared.value.to}`;
    },
  );
  expect(told).toEqual([null, "3 to 5", "2 to 3", "1 to 5", "5 to 2", "2 to 2"]);
  expect(compare({ from: 5, to: 2 })).toMatchObject({
    value: { changes: [{ before: "5", after: "2" }] },
  });
});

test("what is not there is told, and what has nothing before it is compared with nothing", () => {
  expect(compare({ from: 4, to: 9 })).toEqual({
    ok: false,
    refusal: {
      kind: "invalid_input",
      fields: { from: "There is no version 4.", to: "There is no version 9." },
    },
  });
  expect(compare({ to: 1 })).toEqual({ ok: true, value: null });
});
