import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { z } from "zod";
import { BootPrograms, type OpenProgram } from "#lib/boot/boot-programs";
import { describeEvent, describeProgress } from "#lib/boot/describe-event";
import { EfiProgramError } from "#lib/boot/efi-program";
import { ImageFileError, ImageFiles } from "#lib/boot/image-files";
import { readBody } from "#lib/boot/read-body";
import type { BootFileRoute, Ec2Route } from "#lib/boot/route";
import { openInputs } from "#lib/boot/sealed-inputs";
import { BrokenOffError, sendContent, sendFile, sendNotFound, sendText } from "#lib/boot/send";
import type { BootStore, BootWindow, SeedWindow } from "#lib/boot/store";
import { ec2Token } from "#lib/boot/tokens";
import {
  bootFileUrl,
  eventUrl,
  hooksUrl,
  phoneHomeUrl,
  seedUrl,
  startedUrl,
  wipeUrl,
} from "#lib/boot/urls";
import { renderMetaData, renderUserData } from "#lib/domain/boot/cloud-config";
import { ec2MetaData, ec2Versions } from "#lib/domain/boot/ec2-metadata";
import type { InstallReport } from "#lib/domain/boot/install-report";
import {
  BootScriptError,
  parseKernelArgs,
  renderBootScript,
  renderCommandLine,
} from "#lib/domain/boot/ipxe-script";
import type { SanitizeReport } from "#lib/domain/boot/sanitize-report";
import type { InspectionReport } from "#lib/domain/inspection/inspection-report";
import { testSeconds } from "#lib/domain/inspection/order";
import {
  cloudInitEvent,
  installReport,
  phoneHomeForm,
  sanitizeProgress,
  sanitizeReport,
  startedForm,
} from "#lib/schemas/boot";
import { inspectionReport, jobLogText } from "#lib/schemas/inspection";

const newsLimitBytes = 64 * 1024;
const reportLimitBytes = 1024 * 1024;
const logLimitBytes = 256 * 1024;
/** Seconds for which a token of EC2's metadata service may be asked at most: six hours. */
const longestTtl = 21_600;

/** What a node gets, and what becomes of what it sends, once its token was found good. */
export class BootAnswers {
  readonly #store: BootStore;
  readonly #secret: string;
  readonly #images: ImageFiles;
  readonly #programs: BootPrograms;

  constructor(input: {
    store: BootStore;
    secret: string;
    imageDirectory: string;
    bootStub: string | null;
  }) {
    this.#store = input.store;
    this.#secret = input.secret;
    this.#images = new ImageFiles(input.imageDirectory);
    this.#programs = new BootPrograms({ images: this.#images, stubPath: input.bootStub });
  }

  async sendScript(window: BootWindow, peer: string, response: ServerResponse): Promise<void> {
    // Firmware that asks the network first is sent on to its disk.
    if (window.purpose === "start") return sendText(response, 200, "#!ipxe\nexit\n");
    const script = await this.#orTellOperator(window, () =>
      renderBootScript({
        kernelUrl: bootFileUrl(this.#secret, window, "kernel"),
        initrdUrl: bootFileUrl(this.#secret, window, "initrd"),
        args: this.#argsOf(window),
      }),
    );
    if (response.req.method === "GET") await this.#store.noteScriptFetched(window, peer);
    await sendText(response, 200, script);
  }

  /**
   * What UEFI firmware starts from an address: kernel, initrd and orders as one EFI program. Firmware
   * asks for its length first, and is told it.
   */
  async sendProgram(window: BootWindow, peer: string, response: ServerResponse): Promise<void> {
    const program = await this.#openProgram(window, (input) => this.#programs.open(input));
    if (!program) return sendNotFound(response);
    try {
      const isFetched = response.req.method === "GET";
      if (isFetched) await this.#store.noteScriptFetched(window, peer);
      await sendContent(response, program.parts, program.tag, {
        "content-type": "application/efi",
      });
      if (isFetched) await this.#store.noteKernelFetched(window);
    } finally {
      await program.close();
    }
  }

  /**
   * What a controller shows its host as a CD, which holds the same program. It may read it long before the
   * host is on, or piece by piece as the host does: that says nothing of how far the host is.
   */
  async sendMedium(window: BootWindow, response: ServerResponse): Promise<void> {
    const medium = await this.#openProgram(window, (input) => this.#programs.openMedium(input));
    if (!medium) return sendNotFound(response);
    try {
      await sendContent(response, medium.parts, medium.tag, {
        "content-type": "application/x-iso9660-image",
      });
    } finally {
      await medium.close();
    }
  }

  /** Whoever asks for the first time from a system that a medium has started: it has fetched no script. */
  async noteStarted(window: BootWindow, peer: string): Promise<void> {
    await this.#store.noteScriptFetched(window, peer);
    await this.#store.noteKernelFetched(window);
  }

  /** Undefined for a window that boots nothing. */
  async #openProgram(
    window: BootWindow,
    open: (input: Parameters<BootPrograms["open"]>[0]) => Promise<OpenProgram>,
  ): Promise<OpenProgram | undefined> {
    const { kernel, initrd } = window;
    if (!kernel || !initrd) return undefined;
    return this.#orTellOperator(window, () => {
      const commandLine = renderCommandLine(this.#argsOf(window));
      return open({ kernel, initrd, commandLine });
    });
  }

  #argsOf(window: BootWindow): string[] {
    return [...parseKernelArgs(window.kernelArgs), ...this.#orders(window)];
  }

  /** What the booted system is told to do, as arguments of its kernel. */
  #orders(window: BootWindow): string[] {
    const seed = seedUrl(this.#secret, window);
    const job = wipeUrl(this.#secret, window);
    if (window.purpose === "deploy") return [`ds=nocloud-net;s=${seed}`];
    if (window.purpose === "sanitize") return [`ingot.wipe=${job}`];
    if (window.purpose === "inspect") return [`ingot.inspect=${job}`, ...burnInOrders(window)];
    const { disk } = window;
    if (!disk || !window.seed) throw new Error(`window ${window.id} installs nothing`);
    return [
      `ingot.install=${job}`,
      `ingot.image=${bootFileUrl(this.#secret, window, "disk")}`,
      `ingot.sha256=${disk.sha256}`,
      `ingot.bytes=${disk.unpackedBytes}`,
      `ingot.seed=${seed}`,
      `ingot.instance=${window.seed.instanceId}`,
      `ingot.hostname=${window.seed.hostname}`,
    ];
  }

  async sendImageFile(
    window: BootWindow,
    file: BootFileRoute,
    response: ServerResponse,
  ): Promise<void> {
    const image = window[file];
    if (!image) return sendNotFound(response);
    const opened = await this.#orTellOperator(window, () => this.#images.open(image));
    await sendFile(response, opened, image.sha256);
    if (file === "kernel" && response.req.method === "GET") {
      await this.#store.noteKernelFetched(window);
    }
  }

  async sendMetaData(window: BootWindow, response: ServerResponse): Promise<void> {
    if (!window.seed) return sendNotFound(response);
    await sendText(response, 200, renderMetaData(window.seed), {
      "content-type": "application/json",
    });
  }

  /** The only secret-bearing answer: given once, and again only when the transfer broke off. */
  async sendUserData(window: BootWindow, response: ServerResponse): Promise<void> {
    if (!window.seed) return sendNotFound(response);
    const userData = renderUserData({
      ...window.seed,
      phoneHomeUrl: phoneHomeUrl(this.#secret, window),
      eventUrl: eventUrl(this.#secret, window),
      hooksUrl: window.seed.hasScripts ? hooksUrl(this.#secret, window) : null,
      startedUrl: window.purpose === "install" ? startedUrl(this.#secret, window) : null,
      ...(window.sealedInputs
        ? { secrets: openInputs(this.#secret, window.id, window.sealedInputs) }
        : {}),
    });
    if (!(await this.#store.takeUserData(window))) {
      return sendText(response, 410, "user-data was given already\n");
    }
    try {
      await sendText(response, 200, userData, { "content-type": "text/cloud-config" });
    } catch (error) {
      if (error instanceof BrokenOffError) await this.#store.giveBackUserData(window);
      throw error;
    }
  }

  /**
   * What EC2's metadata service would answer. Clients of its second version fetch a token first and show
   * it; others show none, as cloud-init on machines that are not EC2's. A token that is shown is right.
   */
  async sendEc2(
    route: Ec2Route,
    window: SeedWindow,
    peer: string,
    response: ServerResponse,
  ): Promise<void> {
    const { headers } = response.req;
    // A proxy that passes requests on says so: then it is not the node that asks.
    if (headers["x-forwarded-for"] !== undefined) return sendText(response, 403, "forbidden\n");
    const token = ec2Token(this.#secret, window.id);
    if (route.name === "ec2-token") {
      const ttl = String(headers["x-aws-ec2-metadata-token-ttl-seconds"] ?? "");
      const isTtl = /^\d{1,5}$/.test(ttl) && Number(ttl) >= 1 && Number(ttl) <= longestTtl;
      if (!isTtl) return sendText(response, 400, "no time to live between 1 and 21600 seconds\n");
      return sendText(response, 200, token, { "x-aws-ec2-metadata-token-ttl-seconds": ttl });
    }
    const shown = headers["x-aws-ec2-metadata-token"];
    if (shown !== undefined && shown !== token) return sendText(response, 401, "no such token\n");
    if (!window.seed) return sendNotFound(response);
    switch (route.name) {
      case "ec2-versions":
        return sendText(response, 200, ec2Versions.join("\n"));
      case "ec2-version":
        return sendText(response, 200, "meta-data/\nuser-data");
      case "ec2-user-data":
        return this.sendUserData(window, response);
      case "ec2-meta-data": {
        const { mac, site } = window;
        const value = ec2MetaData(window.seed, { address: peer, mac, site }, route.path);
        return value === undefined ? sendNotFound(response) : sendText(response, 200, value);
      }
    }
  }

  async takePhoneHome(
    window: BootWindow,
    peer: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const form = new URLSearchParams(await readBody(request, newsLimitBytes));
    const parsed = phoneHomeForm.safeParse(Object.fromEntries(form));
    // A system that did not read the seed it was given is not the one that was deployed.
    if (!parsed.success || parsed.data.instance_id !== window.seed?.instanceId) {
      return sendText(response, 400, "not the form that was asked for\n");
    }
    const hostKey = parsed.data.pub_key_ed25519 ?? null;
    const first = await this.#store.takePhoneHome(window, { peer, hostKey, tookKeys: false });
    await sendText(response, first ? 200 : 410, first ? "ok\n" : "phoned home already\n");
  }

  async takeEvent(
    window: BootWindow,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const event = parseJson(cloudInitEvent, await readBody(request, newsLimitBytes));
    if (!event) return sendText(response, 400, "not an event of cloud-init\n");
    await this.#store.noteNews(window, describeEvent(event));
    await sendText(response, 200, "ok\n");
  }

  async takeProgress(
    window: BootWindow,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const progress = parseJson(sanitizeProgress, await readBody(request, newsLimitBytes));
    if (!progress) return sendText(response, 400, "not progress of a wipe\n");
    await this.#store.noteNews(window, describeProgress(progress));
    await sendText(response, 200, "ok\n");
  }

  async takeReport(
    window: BootWindow,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const report: SanitizeReport | undefined = parseJson(
      sanitizeReport,
      await readBody(request, reportLimitBytes),
    );
    if (!report) return sendText(response, 400, "not a report of a wipe\n");
    const first = await this.#store.takeReport(window, report);
    await sendText(response, first ? 200 : 410, first ? "ok\n" : "reported already\n");
  }

  async takeInstallReport(
    window: BootWindow,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const report: InstallReport | undefined = parseJson(
      installReport,
      await readBody(request, newsLimitBytes),
    );
    if (!report) return sendText(response, 400, "not a report of an installation\n");
    const first = await this.#store.takeInstallReport(window, report);
    await sendText(response, first ? 200 : 410, first ? "ok\n" : "reported already\n");
  }

  async takeInspection(
    window: BootWindow,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const report: InspectionReport | undefined = parseJson(
      inspectionReport,
      await readBody(request, reportLimitBytes),
    );
    if (!report) return sendText(response, 400, "not a report of an inspection\n");
    const first = await this.#store.takeInspection(window, report);
    await sendText(response, first ? 200 : 410, first ? "ok\n" : "reported already\n");
  }

  /** The end of a job's own log; the last one that comes stays. */
  async takeLog(
    window: BootWindow,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    await this.#store.keepLog(window, jobLogText(await readBody(request, logLimitBytes)));
    await sendText(response, 200, "ok\n");
  }

  /** The keys that an installed system is to accept from this start on. */
  async sendKeys({ keys }: BootWindow, response: ServerResponse): Promise<void> {
    if (!keys) return sendNotFound(response);
    const answer = { revision: revisionOf(keys), keys };
    await sendText(response, 200, JSON.stringify(answer), { "content-type": "application/json" });
  }

  /** An installed system is up again: what its first boot says by phoning home. */
  async takeStarted(
    window: BootWindow,
    peer: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const form = new URLSearchParams(await readBody(request, newsLimitBytes));
    const parsed = startedForm.safeParse(Object.fromEntries(form));
    if (!parsed.success) return sendText(response, 400, "not the form that was asked for\n");
    const hostKey = parsed.data.pub_key_ed25519 ?? null;
    const tookKeys = window.keys !== null && parsed.data.keys === revisionOf(window.keys);
    const first = await this.#store.takePhoneHome(window, { peer, hostKey, tookKeys });
    await sendText(response, first ? 200 : 410, first ? "ok\n" : "said already\n");
  }

  /** An image that cannot be booted is told where the operator looks: at the operation that waits. */
  async #orTellOperator<T>(window: BootWindow, work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isForOperator(error)) {
        await this.#store.noteNews(window, { words: error.message, level: "error", keep: true });
      }
      throw error;
    }
  }
}

/** An image, or a file of this machine, that nothing can be booted with. */
export function isForOperator(error: unknown): error is Error {
  return (
    error instanceof ImageFileError ||
    error instanceof BootScriptError ||
    error instanceof EfiProgramError
  );
}

/** How long each test lasts; without it the job inspects and tests nothing. */
function burnInOrders({ inspection }: BootWindow): string[] {
  if (inspection?.level !== "burn_in") return [];
  return [`ingot.burn=${inspection.seconds ?? testSeconds.usual}`];
}

/** Names a list of keys: a node says with it which one it took. */
function revisionOf(keys: readonly string[]): string {
  return createHash("sha256").update(keys.join("\n")).digest("hex");
}

function parseJson<S extends z.ZodType>(schema: S, text: string): z.output<S> | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
