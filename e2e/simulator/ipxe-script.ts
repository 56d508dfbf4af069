/** What an iPXE script asks for: a system to start, another script, or neither. */
export type IpxePlan =
  | {
      kind: "boot";
      kernel: { url: string; args: string };
      initrds: { name: string; url: string }[];
    }
  | { kind: "chain"; url: string }
  | { kind: "exit" };

/** A script that iPXE would refuse. */
export class IpxeError extends Error {
  override readonly name = "IpxeError";
}

/**
 * Reads the part of iPXE's language that boot scripts are written in: kernel, initrd, module, boot,
 * chain, imgfree, dhcp, echo, exit, and `${…}` settings. See https://ipxe.org/cmd.
 * @param settings Values of `${name}`, such as `net0/mac`, `mac:hexhyp`, `serial`, `uuid`.
 * @throws IpxeError with the line, for anything iPXE would stop at.
 */
export function readIpxeScript(
  text: string,
  baseUrl: string,
  settings: Readonly<Record<string, string>>,
): IpxePlan {
  const lines = text.split(/\r?\n/);
  if (lines[0]?.trim() !== "#!ipxe") {
    throw new IpxeError("Exec format error: the first line is not #!ipxe");
  }
  let kernel: { url: string; args: string } | undefined;
  let initrds: { name: string; url: string }[] = [];

  for (const [index, line] of lines.entries()) {
    const where = `line ${index + 1}`;
    const expanded = line.replace(/\$\{([^}]*)\}/g, (_, name: string) => settings[name] ?? "");
    const [command, ...words] = expanded.trim().split(/\s+/);
    if (command === undefined || command === "" || command.startsWith("#")) continue;
    switch (command) {
      case "dhcp":
      case "echo":
      case "ifopen":
        break;
      case "imgfree":
        kernel = undefined;
        initrds = [];
        break;
      case "kernel": {
        const { url, rest } = imageOf(words, baseUrl, where);
        kernel = { url, args: rest.join(" ") };
        break;
      }
      case "initrd":
      case "module": {
        const { url, name } = imageOf(words, baseUrl, where);
        initrds.push({ name, url });
        break;
      }
      case "chain":
        return { kind: "chain", url: imageOf(words, baseUrl, where).url };
      case "exit":
        return { kind: "exit" };
      case "boot":
        if (kernel === undefined) throw new IpxeError(`${where}: no image to boot`);
        return { kind: "boot", kernel, initrds };
      default:
        throw new IpxeError(`${where}: ${command}: command not found`);
    }
  }
  return { kind: "exit" };
}

function imageOf(words: string[], baseUrl: string, where: string) {
  const rest = [...words];
  let name: string | undefined;
  while (rest[0]?.startsWith("--")) {
    const option = rest.shift();
    if (option === "--name") name = rest.shift();
    else if (option !== "--autofree") throw new IpxeError(`${where}: ${option}: unknown option`);
  }
  const target = rest.shift();
  if (target === undefined) throw new IpxeError(`${where}: no URI given`);
  if (!URL.canParse(target, baseUrl)) throw new IpxeError(`${where}: ${target}: invalid URI`);
  const url = new URL(target, baseUrl);
  return { url: url.href, name: name ?? url.pathname.split("/").at(-1) ?? "", rest };
}
