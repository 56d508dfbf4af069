import { expect, test } from "vitest";
import { newId } from "#lib/domain/id";
import {
  type EnrolmentFacts,
  type ListedNode,
  planEnrolment,
} from "#lib/domain/node/enrolment-plan";

const [here, there] = [newId("rack"), newId("rack")];
const dgx = newId("nodeType");
const old = { id: newId("node"), name: "old", controllerAddress: "10.0.0.1:443" };
const facts: EnrolmentFacts = {
  racks: [
    { id: here, name: "r01", site: "Luleå", units: 42 },
    { id: there, name: "r01", site: "Oslo", units: 42 },
    { id: there, name: "r02", site: "Oslo", units: 20 },
  ],
  nodeTypes: [{ id: dgx, name: "dgx" }],
  nodes: [old],
};

function plan(...nodes: Partial<ListedNode>[]) {
  const lines = nodes.map((node, at) => ({
    line: at + 2,
    node: {
      name: `n${at}`,
      controllerAddress: `10.1.0.${at}:443`,
      nodeType: "dgx",
      rack: "r02",
      unit: null,
      ...node,
    },
    problems: [],
  }));
  return planEnrolment(lines, facts).map((line) =>
    line.outcome === "refused" ? line.problems.join(" ") : line.outcome,
  );
}

test("finds rack and node type by name", () => {
  expect(plan({}, { rack: "Luleå/r01", unit: 42 })).toEqual(["enrol", "enrol"]);
});

test("refuses what the fleet does not have, and units past the top of the rack", () => {
  expect(plan({ rack: "r09", nodeType: "b300" }, { rack: "r01" }, { unit: 21 })).toEqual([
    "There is no rack r09. There is no node type b300.",
    "Several sites have a rack r01: write Luleå/r01 or Oslo/r01.",
    "Rack r02 has 20 units and no unit 21.",
  ]);
});

test("leaves a node that is there as it is, and names the one in the way of another", () => {
  expect(
    plan(
      { name: "old", controllerAddress: "10.0.0.1:443", rack: "gone" },
      { name: "old", controllerAddress: "10.0.0.9:443" },
      { name: "new", controllerAddress: "10.0.0.1:443" },
    ),
  ).toEqual([
    "enrolled",
    "Line 2 has the same name. There is a node old already, at 10.0.0.1:443.",
    "Line 2 has the same controller. The controller at 10.0.0.1:443 is that of old.",
  ]);
});

test("a list that names something twice keeps the first", () => {
  expect(plan({}, { name: "n0" }, { controllerAddress: "10.1.0.0:443" })).toEqual([
    "enrol",
    "Line 2 has the same name.",
    "Line 2 has the same controller.",
  ]);
});
