import { expect, test } from "vitest";
import { portState } from "#lib/domain/fabric/port-state";

test("a port is judged by its link, its rate and its node", () => {
  const port = { linkUp: true, rateGbps: 400, expectedGbps: 400, hadLink: true };
  expect(portState(port).state).toBe("up");
  expect(portState({ ...port, rateGbps: 200 })).toEqual({
    state: "slow",
    words: "200 Gb/s, and the node type expects 400.",
  });
  expect(portState({ ...port, rateGbps: 200, expectedGbps: null }).state).toBe("up");
  expect(portState({ ...port, linkUp: false, rateGbps: null }).state).toBe("down");
  // A node that is off has no link anywhere: that is no fault of a port.
  expect(portState({ ...port, linkUp: false, rateGbps: null, hadLink: false }).state).toBe(
    "unknown",
  );
  expect(portState({ ...port, linkUp: null, rateGbps: null }).state).toBe("unknown");
  // The fabric saw the link, whatever the controller did not say.
  expect(portState({ ...port, linkUp: null }).state).toBe("up");
});
