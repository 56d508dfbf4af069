import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";

describe.each(["ramdisk", "image"])("npm run %s", (command) => {
  test.each([
    [
      "a kernel that there is not",
      ["--kernel", "clod"],
      '--kernel is server or cloud, not "clod".\n',
    ],
    ["an option that there is not", ["--kernels", "cloud"], /^Unknown option '--kernels'.*\n$/],
  ])("ends with one sentence at %s", (_what, options, sentence) => {
    const args = [`lib/agent/${command}.ts`, ...options];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect({ status, stdout, stderr }).toEqual({
      ...{ status: 1, stdout: "" },
      stderr: typeof sentence === "string" ? sentence : expect.stringMatching(sentence),
    });
  });
});
