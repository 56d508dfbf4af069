import { describe, expect, test } from "vitest";
import { IpxeError, readIpxeScript } from "./ipxe-script.ts";

const base = "http://portal:80/b/t/boot.ipxe";

describe("readIpxeScript", () => {
  test("reads kernel, arguments and named initrds", () => {
    const plan = readIpxeScript(
      "#!ipxe\n# a comment\nkernel http://h/k initrd=initrd a=1 ds=nocloud-net;s=http://h/n/x/\ninitrd --name initrd http://h/i\nboot\n",
      base,
      {},
    );
    expect(plan).toEqual({
      kind: "boot",
      kernel: { url: "http://h/k", args: "initrd=initrd a=1 ds=nocloud-net;s=http://h/n/x/" },
      initrds: [{ name: "initrd", url: "http://h/i" }],
    });
  });

  test("fills in settings and resolves addresses against the script's own", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: iPXE's own settings look like this
    const script = "#!ipxe\nchain /pxe/${mac:hexhyp}/boot.ipxe";
    const plan = readIpxeScript(script, base, {
      "mac:hexhyp": "5c-ff-35-00-00-01",
    });
    expect(plan).toEqual({ kind: "chain", url: "http://portal/pxe/5c-ff-35-00-00-01/boot.ipxe" });
  });

  test("names an initrd by its file when nothing else is said", () => {
    const plan = readIpxeScript("#!ipxe\nkernel k initrd=root.gz\ninitrd root.gz\nboot", base, {});
    expect(plan).toMatchObject({
      initrds: [{ name: "root.gz", url: "http://portal/b/t/root.gz" }],
    });
  });

  test.each([
    ["kernel http://h/k\nboot", "not #!ipxe"],
    ["#!ipxe\nboot", "no image to boot"],
    ["#!ipxe\nkernel", "no URI"],
    ["#!ipxe\nkernell http://h/k", "command not found"],
    ["#!ipxe\nkernel --nmae x http://h/k", "unknown option"],
  ])("refuses %j as iPXE would", (script, words) => {
    expect(() => readIpxeScript(script, base, {})).toThrow(IpxeError);
    expect(() => readIpxeScript(script, base, {})).toThrow(words);
  });

  test("a script without a boot comes to its end", () => {
    expect(readIpxeScript("#!ipxe\necho nothing here\n", base, {})).toEqual({ kind: "exit" });
  });
});
