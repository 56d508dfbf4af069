import { expect, test } from "vitest";
import {
  environmentCommands,
  environmentReports,
  environmentStates,
  isInMotion,
  nextState,
  statesAllowing,
} from "#lib/domain/environment/state";

// The policy grid: a reviewer reads the whole lifecycle here, and any change to it shows as a
// changed cell in the diff.
test("the lifecycle, every state by every event", () => {
  const events = [...environmentCommands, ...environmentReports];
  const line = (head: string, cells: string[]) =>
    `${head.padEnd(14)}${cells.map((cell) => cell.padEnd(14)).join("")}`.trimEnd();
  const grid = environmentStates.map((state) =>
    line(
      state,
      events.map((event) => nextState(state, event) ?? "-"),
    ),
  );
  expect([line("", events), ...grid].join("\n")).toMatchInlineSnapshot(`
    "              stop          start         restart       reinstall     abort         retry         release       claimed       succeeded     failed
    queued        -             -             -             -             queued        -             releasing     provisioning  -             failed
    provisioning  -             -             -             -             provisioning  -             releasing     -             ready         failed
    ready         stopping      -             restarting    reinstalling  -             -             releasing     -             -             -
    stopping      -             -             -             -             -             -             releasing     -             stopped       failed
    stopped       -             starting      -             reinstalling  -             -             releasing     -             -             -
    starting      -             -             -             -             starting      -             releasing     -             ready         failed
    restarting    -             -             -             -             restarting    -             releasing     -             ready         failed
    reinstalling  -             -             -             -             reinstalling  -             releasing     -             ready         failed
    failed        -             -             -             -             -             provisioning  releasing     -             -             -
    releasing     -             -             -             -             -             -             -             -             released      -
    released      -             -             -             -             -             -             -             -             -             -"
  `);
});

test("release is possible from every state but the two that end", () => {
  expect(environmentStates.filter((state) => !statesAllowing("release").includes(state))).toEqual([
    "releasing",
    "released",
  ]);
});

test("a state in motion is one the worker can end", () => {
  expect(environmentStates.filter(isInMotion)).toEqual([
    "queued",
    "provisioning",
    "stopping",
    "starting",
    "restarting",
    "reinstalling",
    "releasing",
  ]);
});
