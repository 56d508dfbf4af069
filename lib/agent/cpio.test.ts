import { expect, test } from "vitest";
import { cpioArchive } from "#lib/agent/cpio";

test("a record is laid out as the kernel reads it", () => {
  const archive = cpioArchive([
    { kind: "file", path: "init", content: Buffer.from("hello"), executable: true },
    { kind: "character-device", path: "dev/console", major: 5, minor: 1 },
  ]);
  expect(archive.subarray(0, 124).toString("latin1")).toBe(
    [
      "070701",
      "00000001", // inode
      "000081ed", // a regular file, rwxr-xr-x
      "0000000000000000", // root, root
      "00000001", // links
      "00000000", // 1970
      "00000005", // bytes of content
      "0000000000000000",
      "0000000000000000",
      "00000005", // bytes of the name with its zero
      "00000000",
      "init\0\0", // header and name fill 116 bytes
      "hello\0\0\0",
    ].join(""),
  );
  const console = archive.subarray(124, 124 + 110).toString("latin1");
  expect(console.slice(14, 22)).toBe("00002180");
  expect(console.slice(78, 94)).toBe("0000000500000001");
  expect(archive.length % 4).toBe(0);
  expect(archive.includes("TRAILER!!!")).toBe(true);
});
