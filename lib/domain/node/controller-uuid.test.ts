import { expect, test } from "vitest";
import { controllerUuid } from "#lib/domain/node/controller-uuid";

test("a UUID is compared in lower case", () => {
  expect(controllerUuid(" 6173ECEC-6EF5-11EE-834A-0A8FC3A58A71 ")).toBe(
    "6173ecec-6ef5-11ee-834a-0a8fc3a58a71",
  );
});

test.each([
  null,
  "",
  "System.Embedded.1",
  "00000000-0000-0000-0000-000000000000",
  "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
  "03000200-0400-0500-0006-000700080009",
])("%s is no controller's own", (said) => {
  expect(controllerUuid(said)).toBeNull();
});
