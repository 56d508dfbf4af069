import fc from "fast-check";
import { expect, test } from "vitest";
import {
  BootScriptError,
  isBootWord,
  parseKernelArgs,
  renderBootScript,
} from "#lib/domain/boot/ipxe-script";

const urls = {
  kernelUrl: "http://10.0.0.1:81/b/t/kernel",
  initrdUrl: "http://10.0.0.1:81/b/t/initrd",
};

/** What the machine says of itself, as `readByIpxe` expands it. */
const said = "?mac=EXPANDED&uuid=EXPANDED";

test("the script is the four lines that nodes are promised", () => {
  const args = ["console=ttyS0,115200n8", "ds=nocloud-net;s=http://10.0.0.1:81/n/s/"];
  expect(renderBootScript({ ...urls, args })).toMatchInlineSnapshot(`
    "#!ipxe
    kernel http://10.0.0.1:81/b/t/kernel?mac=\${netX/mac:hexhyp}&uuid=\${uuid} initrd=initrd console=ttyS0,115200n8 ds=nocloud-net;s=http://10.0.0.1:81/n/s/
    initrd --name initrd http://10.0.0.1:81/b/t/initrd
    boot
    "
  `);
});

test("kernel arguments that images really have are plain words", () => {
  const text =
    "root=PARTUUID=8be4df61-93ca-11d2-aa0d-00e098032b8c ro\tconsole=tty0 console=ttyS0,115200n8  intel_iommu=on iommu=pt pci=realloc=off nvme_core.io_timeout=4294967295 isolcpus=2-15,34-47 systemd.unit=multi-user.target rd.luks=0 modprobe.blacklist=nouveau ip=::::host:eno1:dhcp";
  expect(parseKernelArgs(text)).toHaveLength(13);
  expect(parseKernelArgs("")).toEqual([]);
});

test.each(["initrd=x", "ds=nocloud", "DS=x", "ingot.wipe=http://evil/", "ingot.anything"])(
  "an image cannot say %s, which the portal sets",
  (arg) => expect(() => parseKernelArgs(`quiet ${arg}`)).toThrow(BootScriptError),
);

test("a command line longer than the kernel reads is refused, not cut", () => {
  const args = Array.from({ length: 5 }, (_, n) => `a${n}=${"x".repeat(405)}`);
  expect(() => renderBootScript({ ...urls, args })).toThrow("2047");
  expect(() => renderBootScript({ ...urls, args: args.slice(1) })).not.toThrow();
});

// What iPXE makes of a line, after src/core/exec.c: settings are expanded, white space separates
// words, `#` begins a comment, and `;`, `&&` and `||` end a command.
function readByIpxe(script: string): string[][] {
  return script.split(/\r?\n/).flatMap((line) => {
    const expanded = line.replace(/\$\{[^}]*\}/g, "EXPANDED");
    const commands: string[][] = [[]];
    for (const word of expanded.split(/[ \t\v\f\r]+/).filter(Boolean)) {
      if (word.startsWith("#")) break;
      if (word === ";" || word === "&&" || word === "||") commands.push([]);
      else commands.at(-1)?.push(word);
    }
    return commands.filter((command) => command.length > 0);
  });
}

const hostile = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom(
        ...["a", "=", "/", "quiet", " ", "\t", "\n", "\r", "\v", "\0", "$", "{", "}", "&&", "||"],
        ...[
          ";",
          "#",
          "#!ipxe",
          "shell",
          "--",
          "-",
          "\\",
          '"',
          "'",
          "`",
          "é",
          "\u2028",
          "\u00a0",
          "%0a",
        ],
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join("")),
);

test("no argument ever becomes another command or another argument (20,000 hostile texts)", {
  timeout: 60_000,
}, () => {
  let accepted = 0;
  fc.assert(
    fc.property(hostile, hostile, (first, second) => {
      let script: string;
      try {
        script = renderBootScript({ ...urls, args: [first, second] });
      } catch (error) {
        return error instanceof BootScriptError && !(isBootWord(first) && isBootWord(second));
      }
      accepted++;
      const meant = [
        ["kernel", `${urls.kernelUrl}${said}`, "initrd=initrd", first, second],
        ["initrd", "--name", "initrd", urls.initrdUrl],
        ["boot"],
      ];
      return JSON.stringify(readByIpxe(script)) === JSON.stringify(meant);
    }),
    { numRuns: 20_000 },
  );
  // Else the property held because nothing was let through.
  expect(accepted).toBeGreaterThan(50);
});

test("no address ever becomes another command (5,000 hostile texts)", { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(hostile, (kernelUrl) => {
      let script: string;
      try {
        script = renderBootScript({ ...urls, kernelUrl, args: [] });
      } catch (error) {
        expect(error).toBeInstanceOf(BootScriptError);
        return;
      }
      expect(readByIpxe(script)[0]).toEqual(["kernel", `${kernelUrl}${said}`, "initrd=initrd"]);
      expect(readByIpxe(script)).toHaveLength(3);
    }),
    { numRuns: 5_000 },
  );
});
