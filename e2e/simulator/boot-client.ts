import type { Boot } from "./boot-journal.ts";
import { EfiError, readEfiProgram } from "./efi-program.ts";
import { bootMac, type Hardware } from "./hardware.ts";
import { IpxeError, type IpxePlan, readIpxeScript } from "./ipxe-script.ts";
import { describeAnswer, NodeNetwork } from "./node-network.ts";
import type { Timing } from "./timing.ts";

/** A system loaded from the network, or the firmware's reason to try the next boot device. */
export type NetworkBootResult = { args: string } | { failure: string };

const longestChain = 5;

/** Enough for a stub and the command line behind it. */
const programHeadBytes = 512 * 1024;

/**
 * Boots from an address as UEFI firmware does (EDK II's HttpBootDxe): ask for the size, fetch the
 * program, start it. It takes no script; what is neither told to be a program nor named like one is
 * refused. A 4xx is final, anything else is tried again `timing.bootTries` times.
 * Rejects only when the signal fires.
 */
export async function bootFromAddress(input: {
  url: string;
  address: string;
  timing: Timing;
  boot: Boot;
  signal: AbortSignal;
}): Promise<NetworkBootResult> {
  const { url, address, timing, boot, signal } = input;
  if (!URL.canParse(url)) return { failure: `${url}: invalid URI` };
  const { protocol, pathname } = new URL(url);
  if (protocol !== "http:") return { failure: `${url}: only plain HTTP is known` };
  const network = new NodeNetwork({ address, boot, userAgent: "UefiHttpBoot/1.0", signal });
  const retry = { tries: timing.bootTries, retryMs: timing.retryMs };
  const asked = await network.sendWithRetries({ method: "HEAD", url }, retry);
  if (asked instanceof Error || asked.status !== 200) {
    return { failure: `${url}: ${describeAnswer(asked)}` };
  }
  if (asked.contentType !== "application/efi" && !/\.efi$/i.test(pathname)) {
    return { failure: `${url}: ${asked.contentType} is nothing to boot` };
  }
  const program = await network.sendWithRetries({ url, keepBytes: programHeadBytes }, retry);
  if (program instanceof Error || program.status !== 200) {
    return { failure: `${url}: ${describeAnswer(program)}` };
  }
  try {
    return readEfiProgram(program.head, program.bytes);
  } catch (error) {
    if (error instanceof EfiError) return { failure: `${url}: ${error.message}` };
    throw error;
  }
}

/**
 * Boots as iPXE does: fetch the script, follow it, download kernel and initrds to the end.
 * A 4xx is final, anything else is tried again `timing.bootTries` times.
 * Rejects only when the signal fires.
 */
export async function bootFromNetwork(input: {
  url: string;
  address: string;
  hardware: Hardware;
  timing: Timing;
  boot: Boot;
  signal: AbortSignal;
}): Promise<NetworkBootResult> {
  const { timing, boot, signal } = input;
  const network = new NodeNetwork({
    address: input.address,
    boot,
    userAgent: "iPXE/1.21.1+",
    signal,
  });
  const retry = { tries: timing.bootTries, retryMs: timing.retryMs };

  let url = input.url;
  for (let hop = 0; hop < longestChain; hop++) {
    if (!URL.canParse(url)) return { failure: `${url}: invalid URI` };
    if (new URL(url).protocol !== "http:") return { failure: `${url}: only plain HTTP is known` };
    const script = await network.sendWithRetries({ url }, retry);
    if (script instanceof Error || script.status !== 200) {
      return { failure: `${url}: ${describeAnswer(script)}` };
    }
    const plan = planOf(script.text, url, input.hardware);
    if (plan instanceof IpxeError) return { failure: `${url}: ${plan.message}` };
    if (plan.kind === "exit") return { failure: `${url}: the script ended without a boot` };
    if (plan.kind === "chain") {
      url = plan.url;
      continue;
    }
    for (const image of [plan.kernel, ...plan.initrds]) {
      const download = await network.sendWithRetries({ url: image.url, keepBytes: 0 }, retry);
      if (download instanceof Error || download.status !== 200 || download.bytes === 0) {
        return { failure: `${image.url}: ${describeAnswer(download)}` };
      }
    }
    return startKernel(plan);
  }
  return { failure: `${input.url}: more than ${longestChain} scripts in a chain` };
}

function planOf(text: string, url: string, hardware: Hardware): IpxePlan | IpxeError {
  const mac = bootMac(hardware);
  const settings = {
    mac,
    "net0/mac": mac,
    "mac:hexhyp": mac.replaceAll(":", "-"),
    "net0/mac:hexhyp": mac.replaceAll(":", "-"),
    "netX/mac:hexhyp": mac.replaceAll(":", "-"),
    serial: hardware.serial,
    uuid: hardware.uuid,
  };
  try {
    return readIpxeScript(text, url, settings);
  } catch (error) {
    if (error instanceof IpxeError) return error;
    throw error;
  }
}

// A kernel started through UEFI finds its initrd by the name on its command line; without it there
// is no root file system and the kernel panics (seen with iPXE and OVMF).
function startKernel(plan: Extract<IpxePlan, { kind: "boot" }>): NetworkBootResult {
  const { args } = plan.kernel;
  const wanted = [...args.matchAll(/(?:^|\s)initrd=(\S+)/g)].map((match) => match[1]);
  const missing = wanted.find((name) => !plan.initrds.some((initrd) => initrd.name === name));
  if (missing !== undefined) return { failure: `kernel panic: no initrd is called ${missing}` };
  if (wanted.length === 0) return { failure: "kernel panic: no initrd= on the command line" };
  return { args };
}
