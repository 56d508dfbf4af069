/** A script or a kernel argument that would not reach the kernel as it was meant. */
export class BootScriptError extends Error {
  override readonly name = "BootScriptError";
}

// iPXE splits a line at white space, expands `${…}`, takes a word that begins with `#` as a comment
// and the words `;`, `&&` and `||` as ends of a command (src/core/exec.c). It knows no quotes, so
// nothing can be made safe by escaping. Words of this form mean themselves: they begin with a
// letter or digit and hold neither `$` nor braces. `;` is safe inside a word, and
// `ds=nocloud-net;s=…` needs it.
const word = /^[A-Za-z0-9][A-Za-z0-9_.:/=,@%+;-]{0,511}$/;

/** COMMAND_LINE_SIZE of Linux on x86 is 2048 with the final zero; what is longer is cut off silently. */
const longestCommandLine = 2_047;

/** Arguments that the portal itself sets: an image may not say them. */
const ownArguments = ["initrd", "ds", "ingot"];

/** True when iPXE takes the text as one word with no meaning but its own. */
export function isBootWord(text: string): boolean {
  return word.test(text);
}

/**
 * Reads the kernel arguments of an image, separated by white space.
 * @throws BootScriptError with a sentence for the operator, when one is not of a plain form or is
 * one that the portal sets.
 */
export function parseKernelArgs(text: string): string[] {
  const args = text.split(/\s+/).filter(Boolean);
  for (const arg of args) {
    if (!isBootWord(arg)) {
      throw new BootScriptError(
        `The kernel argument ${JSON.stringify(arg.slice(0, 60))} is not of a plain form: letters, digits and _.:/=,@%+;- only, beginning with a letter or digit.`,
      );
    }
    const name = arg.split(/[=.]/, 1)[0] ?? "";
    if (ownArguments.includes(name.toLowerCase())) {
      throw new BootScriptError(`The kernel argument ${name} is set by the portal.`);
    }
  }
  return args;
}

/** What iPXE adds to the kernel's address: the MAC address it boots from, and SMBIOS's UUID. */
const saying = `?mac=\${netX/mac:hexhyp}&uuid=\${uuid}`;

/**
 * The command line of a kernel.
 * @throws BootScriptError when an argument is more than one plain word, or when the whole is longer
 * than the kernel reads.
 */
export function renderCommandLine(args: readonly string[]): string {
  for (const text of args) requireWord(text);
  const commandLine = args.join(" ");
  if (commandLine.length > longestCommandLine) {
    throw new BootScriptError(
      `The kernel's command line has ${commandLine.length} characters; it reads ${longestCommandLine}.`,
    );
  }
  return commandLine;
}

function requireWord(text: string): void {
  if (isBootWord(text)) return;
  throw new BootScriptError(`${JSON.stringify(text.slice(0, 60))} cannot stand in a boot script`);
}

/**
 * The iPXE script that starts a kernel with one initrd, and says of which machine as it fetches it.
 * @param input.args Kernel arguments, one each, without `initrd=`.
 * @throws BootScriptError when an address or an argument is more than one plain word, or when the
 * command line is longer than the kernel reads.
 */
export function renderBootScript(input: {
  kernelUrl: string;
  initrdUrl: string;
  args: readonly string[];
}): string {
  const { kernelUrl, initrdUrl } = input;
  for (const text of [kernelUrl, initrdUrl]) requireWord(text);
  // A kernel started through UEFI finds its initrd by the name on its command line.
  const commandLine = renderCommandLine(["initrd=initrd", ...input.args]);
  return [
    "#!ipxe",
    `kernel ${kernelUrl}${saying} ${commandLine}`,
    `initrd --name initrd ${initrdUrl}`,
    "boot",
    "",
  ].join("\n");
}
