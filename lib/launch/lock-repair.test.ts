import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { repairLock } from "./lock-repair.mjs";

test("a platform that the registry left out is put back, with what npm must know of it", () => {
  const lock = {
    packages: {
      "node_modules/tool": {
        dev: true,
        optionalDependencies: {
          "@tool/linux-x64-musl": "1.2.3",
          "@tool/darwin-arm64": "^1.2.3",
          "tool-linux-arm-gnueabihf": "1.2.3",
          "@tool/any": ">=1",
        },
      },
      "node_modules/tool/node_modules/@tool/darwin-arm64": { version: "1.2.3", optional: true },
    },
  };
  expect(repairLock(lock)).toEqual({
    added: ["@tool/linux-x64-musl@1.2.3", "tool-linux-arm-gnueabihf@1.2.3"],
    unclear: ["@tool/any@>=1"],
  });
  expect(lock.packages).toMatchObject({
    "node_modules/@tool/linux-x64-musl": {
      ...{ version: "1.2.3", dev: true, optional: true },
      ...{ os: ["linux"], cpu: ["x64"], libc: ["musl"] },
    },
    "node_modules/tool-linux-arm-gnueabihf": { os: ["linux"], cpu: ["arm"] },
  });
});

test("the lock of this project needs no repair", () => {
  const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
  expect(repairLock(lock).added).toEqual([]);
});
