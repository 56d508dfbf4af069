import { generateKeyPairSync } from "node:crypto";
import type { Boot } from "./boot-journal.ts";
import type { Faults } from "./faults.ts";
import { type Answer, describeAnswer, NodeNetwork } from "./node-network.ts";
import { pause, type Timing } from "./timing.ts";

/** What a deployed disk holds. */
export type Installed = {
  instanceId: string;
  hostname: string;
  /** The user-data as it was given, after its first line. */
  userData: Record<string, unknown>;
};

export type DeployResult =
  | { installed: Installed; outcome: string }
  | { installed: null; outcome: string };

/** A stage of cloud-init, with what it does inside. Names and words are cloud-init's own (24.4). */
type Stage = { name: string; description: string; steps: { name: string; description: string }[] };

// Real cloud-init knows its webhook only once the user-data is read, so events of earlier stages
// are sent late or not at all; here they are sent, as soon as that is possible.
const stages: readonly Stage[] = [
  {
    name: "init-local",
    description: "searching for local datasources",
    steps: [
      { name: "search-NoCloud", description: "searching for local data from DataSourceNoCloud" },
    ],
  },
  {
    name: "init-network",
    description: "searching for network datasources",
    steps: [
      {
        name: "search-NoCloudNet",
        description: "searching for network data from DataSourceNoCloudNet",
      },
      { name: "consume-user-data", description: "reading and applying user-data" },
      { name: "consume-vendor-data", description: "reading and applying vendor-data" },
    ],
  },
  {
    name: "modules-config",
    description: "running modules for config",
    steps: [
      {
        name: "config-runcmd",
        description: "running config-runcmd with frequency once-per-instance",
      },
    ],
  },
  {
    name: "modules-final",
    description: "running modules for final",
    steps: [
      {
        name: "config-scripts_user",
        description: "running config-scripts_user with frequency once-per-instance",
      },
      {
        name: "config-phone_home",
        description: "running config-phone_home with frequency once-per-instance",
      },
    ],
  },
];

const stepCount = stages.reduce((sum, stage) => sum + stage.steps.length, 0);

/**
 * A first boot as cloud-init does it with the NoCloud data source: read the seed, run the stages
 * and report them, phone home. Rejects only when the signal fires.
 * @param seedUrl What `s=` on the kernel's command line says, with its slash at the end.
 */
export async function deploy(input: {
  seedUrl: string;
  address: string;
  timing: Timing;
  faults: Faults;
  boot: Boot;
  signal: AbortSignal;
}): Promise<DeployResult> {
  const { seedUrl, timing, faults, signal } = input;
  const network = new NodeNetwork({
    address: input.address,
    boot: input.boot,
    userAgent: "Cloud-Init/24.4",
    signal,
  });
  const retry = { tries: timing.bootTries, retryMs: timing.retryMs };
  const read = (file: string) => network.sendWithRetries({ url: `${seedUrl}${file}` }, retry);

  const metaData = readJson(await read("meta-data"), "meta-data");
  if (typeof metaData === "string") return { installed: null, outcome: metaData };
  const instanceId = metaData["instance-id"];
  const hostname = metaData["local-hostname"];
  if (typeof instanceId !== "string" || typeof hostname !== "string") {
    return { installed: null, outcome: "meta-data: no instance-id or no local-hostname" };
  }
  // Vendor data is optional to cloud-init; it is asked for and may be missing.
  await read("vendor-data");
  const userData = readCloudConfig(await read("user-data"));
  if (typeof userData === "string") return { installed: null, outcome: userData };

  const webhooks = webhooksOf(userData);
  const report = async (event: Record<string, unknown>) => {
    for (const url of webhooks) {
      // As cloud-init's handler sends it: a JSON text without a content type. A report that is not
      // taken is logged on the node and otherwise forgotten.
      const body = JSON.stringify({ ...event, origin: "cloudinit", timestamp: Date.now() / 1000 });
      await network.send({ method: "POST", url, body }).catch(() => undefined);
      signal.throwIfAborted();
    }
  };

  let outcome = "the user-data asks for no phone home";
  for (const stage of stages) {
    let result = "SUCCESS";
    await report({ name: stage.name, description: stage.description, event_type: "start" });
    for (const step of stage.steps) {
      const name = `${stage.name}/${step.name}`;
      const failed = step.name === "config-scripts_user" && faults.has("script-fails");
      if (failed) result = "FAIL";
      await report({ name, description: step.description, event_type: "start" });
      await pause(timing.installMs / stepCount, signal);
      if (step.name === "config-phone_home") {
        outcome = faults.has("no-phone-home")
          ? "phone home: the network was lost"
          : await phoneHome({ network, userData, instanceId, hostname, timing, signal });
      }
      await report({
        name,
        description: failed
          ? "('scripts_user', RuntimeError('Runparts: 1 failures (runcmd) in 1 attempted commands'))"
          : step.description,
        event_type: "finish",
        result: failed ? "FAIL" : "SUCCESS",
      });
    }
    await report({
      name: stage.name,
      description: stage.description,
      event_type: "finish",
      result,
    });
  }
  return { installed: { instanceId, hostname, userData }, outcome };
}

async function phoneHome(input: {
  network: NodeNetwork;
  userData: Record<string, unknown>;
  instanceId: string;
  hostname: string;
  timing: Timing;
  signal: AbortSignal;
}): Promise<string> {
  const settings = input.userData.phone_home;
  if (!isRecord(settings)) return "the user-data asks for no phone home";
  const { url, post, tries } = settings;
  if (typeof url !== "string") return "phone_home has no url";

  const facts: Record<string, string> = {
    instance_id: input.instanceId,
    hostname: input.hostname,
    fqdn: input.hostname,
    pub_key_ed25519: hostPublicKey(input.hostname),
  };
  const names = Array.isArray(post) ? post.map(String) : Object.keys(facts);
  const body = new URLSearchParams(names.map((name) => [name, facts[name] ?? "N/A"])).toString();
  // cloud-init tries ten times when `tries` is not said, and takes only a 2xx for an answer.
  const limit = typeof tries === "number" ? tries : 10;
  let last = "not tried";
  for (let tried = 0; tried < limit; tried++) {
    if (tried > 0) await pause(input.timing.retryMs, input.signal);
    const answer = await input.network
      .send({
        method: "POST",
        url,
        body,
        headers: { "content-type": "application/x-www-form-urlencoded" },
      })
      .catch((error: Error) => error);
    input.signal.throwIfAborted();
    if (!(answer instanceof Error) && answer.status >= 200 && answer.status < 300) {
      return "phoned home";
    }
    last = describeAnswer(answer);
  }
  return `phone home was not taken after ${limit} tries: ${last}`;
}

function readJson(answer: Answer | Error, file: string): Record<string, unknown> | string {
  if (answer instanceof Error || answer.status !== 200) return `${file}: ${describeAnswer(answer)}`;
  return parseRecord(answer.text) ?? `${file}: not understood`;
}

function readCloudConfig(answer: Answer | Error): Record<string, unknown> | string {
  if (answer instanceof Error || answer.status !== 200) {
    return `user-data: ${describeAnswer(answer)}`;
  }
  const [header, ...rest] = answer.text.split("\n");
  if (header?.trimEnd() !== "#cloud-config") return "user-data: no #cloud-config in its first line";
  return parseRecord(rest.join("\n")) ?? "user-data: not understood";
}

function parseRecord(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function webhooksOf(userData: Record<string, unknown>): string[] {
  const { reporting } = userData;
  if (!isRecord(reporting)) return [];
  return Object.values(reporting).flatMap((handler) =>
    isRecord(handler) && handler.type === "webhook" && typeof handler.endpoint === "string"
      ? [handler.endpoint]
      : [],
  );
}

// The line of /etc/ssh/ssh_host_ed25519_key.pub, made from a key of this very boot (RFC 8709).
function hostPublicKey(hostname: string): string {
  const { publicKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  const field = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const blob = Buffer.concat([field(Buffer.from("ssh-ed25519")), field(raw)]);
  return `ssh-ed25519 ${blob.toString("base64")} root@${hostname}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
