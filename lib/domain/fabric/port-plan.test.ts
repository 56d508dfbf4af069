import { expect, test } from "vitest";
import type { PortPlace } from "#lib/domain/fabric/fabric";
import {
  layWords,
  likelyPlaces,
  placeOf,
  placesByGuid,
  portsOfNode,
} from "#lib/domain/fabric/node-place";
import { type ListedPort, type PortFacts, planPorts } from "#lib/domain/fabric/port-plan";
import type { Id } from "#lib/domain/id";

const node = (name: string) => `nod_${name}` as Id<"node">;
const guid = (n: number) => n.toString(16).padStart(16, "0");
const place = (n: number, more: Partial<PortPlace> = {}): PortPlace => ({
  guid: guid(n),
  nodeGuid: null,
  leaf: "leaf-1",
  leafPort: n,
  rail: null,
  rateGbps: null,
  description: null,
  ...more,
});
const line = (at: number, it: PortPlace, name: string | null = null): ListedPort => ({
  line: at,
  guid: it.guid,
  place: { ...it, node: name },
  problems: [],
});
const facts = (more: Partial<PortFacts> = {}): PortFacts => ({
  known: new Map(),
  elsewhere: new Map(),
  owners: new Map([[guid(1), { id: node("a"), name: "a" }]]),
  nodes: new Map([
    ["a", node("a")],
    ["b", node("b")],
  ]),
  ...more,
});

test("each line says what would become of its port, and whose it is", () => {
  const plan = planPorts(
    [
      line(2, place(1)),
      line(3, place(2), "b"),
      line(4, place(3)),
      line(5, place(3)),
      line(6, place(4), "nobody"),
      line(7, place(1, { guid: guid(9), nodeGuid: guid(1) }), "b"),
      { line: 8, guid: "x", place: null, problems: ["No GUID."] },
    ],
    facts(),
  );
  expect(plan.map(({ outcome, node: of, words }) => [outcome, of?.name ?? null, ...words])).toEqual(
    [
      ["new", "a"],
      ["new", "b"],
      ["new", null],
      ["refused", null, "Line 4 has the same GUID."],
      ["refused", null, "The site has no node nobody."],
      ["refused", null, "By its inventory this port is of a, not of b."],
      ["refused", null, "No GUID."],
    ],
  );
});

test("what is sent again stays, what moved says so, and a rail is kept at the same leaf", () => {
  const known = new Map([
    [guid(1), { ...place(1, { rail: "1" }), nodeId: null }],
    [guid(2), { ...place(2, { rail: "2" }), nodeId: node("b") }],
  ]);
  const again = planPorts(
    [line(2, place(1)), line(3, place(2, { leaf: "leaf-2" }))],
    facts({ known }),
  );
  expect(again.map((each) => [each.outcome, each.port?.rail, each.port?.nodeId])).toEqual([
    ["same", "1", null],
    ["changed", null, node("b")],
  ]);
  expect(again[1]?.words).toEqual(["Leaf: leaf-1, now leaf-2.", "Rail: 2, now unknown."]);
  const elsewhere = new Map([[guid(1), "storage"]]);
  expect(planPorts([line(2, place(1))], facts({ elsewhere }))[0]?.words).toEqual([
    "This port is of the fabric storage already.",
  ]);
});

test("a node lies where its ports are: by port, by adapter, or by an operator's word", () => {
  const fabricId = "fab_1" as Id<"fabric">;
  const ports = [
    { ...place(1), fabricId, nodeId: null },
    { ...place(2, { leaf: "leaf-2", nodeGuid: guid(20) }), fabricId, nodeId: null },
    { ...place(3, { leaf: "leaf-3" }), fabricId, nodeId: node("c") },
    { ...place(4, { nodeGuid: guid(30) }), fabricId, nodeId: null },
    { ...place(5, { nodeGuid: guid(30) }), fabricId, nodeId: null },
  ];
  const all = placesByGuid(ports);
  const of = (name: string, own: { portGuid?: string; nodeGuid?: string }[]) =>
    portsOfNode({ id: node(name), ports: own }, all).map((port) => port.leafPort);
  expect(of("a", [{ portGuid: guid(1) }, { nodeGuid: guid(20) }])).toEqual([1, 2]);
  expect(of("c", [])).toEqual([3]);
  // Two ports of one adapter: which of them it is cannot be told.
  expect(of("d", [{ nodeGuid: guid(30) }])).toEqual([]);
  expect(placeOf([])).toBeNull();
});

test("how nodes lie, in words", () => {
  const on = (...leaves: string[]) => ({ fabricKey: "f", leafKeys: leaves });
  expect(layWords([on("1"), on("1")])).toEqual({ words: "on one leaf", together: true });
  expect(layWords([on("1", "2"), on("1", "2")]).words).toBe("on the same 2 leaves");
  expect(layWords([on("1"), on("2")])).toEqual({ words: "across 2 leaves", together: false });
  expect(layWords([on("1"), null])).toEqual({
    words: "on one leaf, the place of 1 unknown",
    together: false,
  });
  expect(layWords([null, null]).words).toBe("places on InfiniBand unknown");
  expect(layWords([on("1"), { fabricKey: "g", leafKeys: ["1"] }]).words).toBe("on 2 fabrics");
});

test("a launch takes the fullest leaves that have enough, else few leaves of one fabric", () => {
  const at = (leaf: string, free: number, fabricKey = "f") => ({
    place: { fabricKey, leafKeys: [leaf] },
    free,
  });
  const free = [at("a", 5), at("b", 3), at("c", 9, "g"), { place: null, free: 20 }];
  const leaves = (count: number) =>
    likelyPlaces(free, count)
      .map((place) => place?.leafKeys[0] ?? "?")
      .join("");
  expect(leaves(2)).toBe("bb");
  expect(leaves(4)).toBe("aaaa");
  expect(leaves(8)).toBe("cccccccc");
  expect(likelyPlaces([at("a", 5), at("b", 3), at("c", 1)], 6).length).toBe(6);
  expect(layWords(likelyPlaces([at("a", 5), at("b", 3)], 6)).words).toBe("across 2 leaves");
  expect(leaves(30).endsWith("?")).toBe(true);
});
