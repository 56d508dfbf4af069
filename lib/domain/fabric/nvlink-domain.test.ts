import { expect, test } from "vitest";
import {
  type NvlinkTeller,
  nvlinkDisagreements,
  type nvlinkGroups,
  nvlinkProposals,
} from "#lib/domain/fabric/nvlink-domain";
import { newId } from "#lib/domain/id";

const site = { id: newId("site"), name: "Luleå" };
const nvl = (name: string) => ({ id: newId("fabric"), name });
const [first, second] = [nvl("nvl-1"), nvl("nvl-2")];

function node(name: string, about: Partial<NvlinkTeller>): NvlinkTeller {
  return {
    id: newId("node"),
    name,
    site,
    cluster: null,
    chassisSerial: null,
    domain: null,
    ...about,
  };
}

const named = (groups: ReturnType<typeof nvlinkGroups>) =>
  groups.map(({ by, told, nodes }) => `${by} ${told}: ${nodes.map(({ name }) => name).join(" ")}`);

test.each<[string, NvlinkTeller[], string[]]>([
  ["nothing is told", [node("a", {}), node("b", {})], []],
  ["one alone", [node("a", { cluster: "c1" })], []],
  [
    "the same cluster, another, and none",
    [
      node("a", { cluster: "c1" }),
      node("b", { cluster: "c1" }),
      node("c", { cluster: "c2" }),
      node("d", {}),
    ],
    ["cluster c1: a b"],
  ],
  [
    "one tells its rack alone, and the rack is known to be of the cluster",
    [node("a", { cluster: "c1", chassisSerial: "r1" }), node("b", { chassisSerial: "r1" })],
    ["cluster c1: a b"],
  ],
  [
    "a rack whose nodes tell two clusters speaks for none",
    [
      node("a", { cluster: "c1", chassisSerial: "r1" }),
      node("b", { cluster: "c2", chassisSerial: "r1" }),
      node("c", { chassisSerial: "r1" }),
      node("d", { chassisSerial: "r1" }),
    ],
    ["chassis r1: c d"],
  ],
  [
    "the same cluster at two sites",
    [
      node("a", { cluster: "c1" }),
      node("b", { cluster: "c1", site: { id: newId("site"), name: "Kiruna" } }),
    ],
    [],
  ],
  [
    "in one domain already",
    [node("a", { cluster: "c1", domain: first }), node("b", { cluster: "c1", domain: first })],
    [],
  ],
  [
    "some are in it, one is not yet",
    [node("a", { cluster: "c1", domain: first }), node("b", { cluster: "c1" })],
    ["cluster c1: a b"],
  ],
])("what is proposed when: %s", (_, nodes, expected) => {
  expect(named(nvlinkProposals(nodes))).toEqual(expected);
});

test("what was entered and what is told are held against each other", () => {
  const nodes = [
    node("a", { cluster: "c1", domain: first }),
    node("b", { cluster: "c1", domain: second }),
    node("c", { cluster: "c2", domain: second }),
    node("mute", { domain: second }),
    node("free", { cluster: "c1" }),
  ];
  const words = nvlinkDisagreements(nodes);
  expect(nodes.map(({ id, name }) => [name, words.get(id) ?? null])).toEqual([
    ["a", "It tells NVLink domain c1, as b of nvl-2 does."],
    ["b", "It tells NVLink domain c1, as a of nvl-1 does."],
    ["c", "It tells NVLink domain c2, and b tells another."],
    ["mute", null],
    ["free", null],
  ]);
});
