import { expect, test } from "vitest";
import { keyLines, listed } from "#lib/client/key-lines";

const key = (name: string) => ({ name, fingerprint: `SHA256:${name}` });
const wanted = (name: string) => ({ ...key(name), ofProject: false });
const node = (hostname: string, ...names: string[]) => ({
  hostname,
  putKeys: names.length > 0 ? names.map(key) : null,
  releasedAt: null as string | null,
  node: null,
});

test("each key says where it is, and one that was taken off where it still is", () => {
  const lines = keyLines({
    keys: [wanted("ada"), wanted("new"), wanted("bob")],
    nodeList: [
      node("train-1", "ada", "eve"),
      node("train-2", "ada", "bob"),
      { ...node("train-3", "old"), releasedAt: "2026-11-01T00:00:00Z" },
    ],
  });
  expect(lines.map((line) => `${line.name}: ${line.where}`)).toEqual([
    "ada: on every node",
    "new: on no node yet",
    "bob: on train-2",
    "eve: taken off, still on train-1",
  ]);
});

test("before a first boot nothing is on a node", () => {
  expect(keyLines({ keys: [wanted("ada")], nodeList: [node("train-1")] })).toMatchObject([
    { where: "on no node yet", isWanted: true },
  ]);
});

test("many names are counted", () => {
  expect(listed(["a"])).toBe("a");
  expect(listed(["a", "b"])).toBe("a and b");
  expect(listed(["a", "b", "c", "d", "e"])).toBe("a, b, c and 2 more");
});
