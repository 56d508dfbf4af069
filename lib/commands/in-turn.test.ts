import { expect, test } from "vitest";
import { inTurn } from "#lib/commands/in-turn";

/** Work that ends when it is told to, and that notes when it began. */
function givenWork(began: string[], name: string) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const work = () => {
    began.push(name);
    return promise;
  };
  return { work, end: resolve, fail: reject };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("two of one name are at work at a time, the others follow in their order", async () => {
  const began: string[] = [];
  const all = ["a", "b", "c", "d"].map((name) => givenWork(began, name));
  const runs = all.map(({ work }) => inTurn("tenant", work));
  await settled();
  expect(began).toEqual(["a", "b"]);
  all[1]?.end();
  await settled();
  expect(began).toEqual(["a", "b", "c"]);
  for (const { end } of all) end();
  await Promise.all(runs);
  expect(began).toEqual(["a", "b", "c", "d"]);
});

test("nobody waits for another name", async () => {
  const began: string[] = [];
  const ours = ["a", "b", "c"].map((name) => givenWork(began, name));
  const theirs = givenWork(began, "theirs");
  const runs = ours.map(({ work }) => inTurn("ours", work));
  runs.push(inTurn("theirs", theirs.work));
  await settled();
  expect(began).toEqual(["a", "b", "theirs"]);
  for (const { end } of [...ours, theirs]) end();
  await Promise.all(runs);
});

test("what fails holds up nobody", async () => {
  const began: string[] = [];
  const all = ["a", "b", "c"].map((name) => givenWork(began, name));
  const runs = all.map(({ work }) => inTurn("tenant", work));
  all[0]?.fail(new Error("no"));
  await expect(runs[0]).rejects.toThrow("no");
  await settled();
  expect(began).toEqual(["a", "b", "c"]);
  for (const { end } of all.slice(1)) end();
  await Promise.all(runs.slice(1));
});
