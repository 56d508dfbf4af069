import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { freePort } from "#e2e/free-port";
import { plainEnvironment, runJudge } from "#e2e/judges/python";

/** OpenStack's provisioning engine, alone: a database file, no login, one process. */
export type Ironic = {
  /** One request to its API; the parsed answer. Throws when it refuses. */
  ask: (method: string, path: string, body?: unknown) => Promise<IronicAnswer>;
  /** Where it keeps its nodes: SQLite. */
  databaseFile: string;
  /** What it has written so far, to be shown when a test fails. */
  log: () => string;
  close: () => Promise<void>;
};

// biome-ignore lint/suspicious/noExplicitAny: a test asserts what it reads
export type IronicAnswer = any;

/** Starts Ironic with its redfish hardware type. Takes about 5 s; throws with its log when it does not come up. */
export async function startIronic(): Promise<Ironic> {
  const directory = await mkdtemp(path.join(tmpdir(), "ingot-ironic-"));
  for (const name of ["http", "tftp", "images", "state", "lock"]) {
    await mkdir(path.join(directory, name));
  }
  const [apiPort, rpcPort] = [await freePort(), await freePort()];
  const file = path.join(directory, "ironic.conf");
  const databaseFile = path.join(directory, "ironic.sqlite");
  await writeFile(file, configuration({ directory, databaseFile, apiPort, rpcPort }));
  const schema = await runJudge("/usr/bin/ironic-dbsync", ["--config-file", file, "create_schema"]);
  if (schema.code !== 0) throw new Error(`no database for Ironic: ${schema.stderr}`);

  let log = "";
  const ironic = spawn("/usr/bin/ironic", ["--config-file", file], {
    env: plainEnvironment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [ironic.stdout, ironic.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      log = (log + chunk.toString("utf8")).slice(-200_000);
    });
  }
  const close = async () => {
    await ended(ironic);
    await rm(directory, { recursive: true, force: true });
  };

  async function ask(method: string, where: string, body?: unknown) {
    const response = await fetch(`http://127.0.0.1:${apiPort}/v1${where}`, {
      method,
      headers: { "content-type": "application/json", "x-openstack-ironic-api-version": "1.78" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${where}: ${response.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  }

  const deadline = Date.now() + 60_000;
  for (;;) {
    // The driver is listed once the conductor has loaded it.
    const drivers = await ask("GET", "/drivers").catch(() => null);
    if (drivers?.drivers?.length > 0) break;
    if (Date.now() > deadline || ironic.exitCode !== null) {
      await close();
      throw new Error(`Ironic does not come up: ${log.slice(-2_000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { ask, databaseFile, log: () => log, close };
}

function configuration(input: {
  directory: string;
  databaseFile: string;
  apiPort: number;
  rpcPort: number;
}): string {
  const { directory } = input;
  const none = ["service_catalog", "inspector", "glance", "neutron", "cinder", "nova"];
  return `
[DEFAULT]
auth_strategy = noauth
rpc_transport = json-rpc
enabled_hardware_types = redfish
enabled_power_interfaces = redfish
enabled_management_interfaces = redfish
enabled_inspect_interfaces = redfish
enabled_boot_interfaces = pxe
enabled_deploy_interfaces = direct
enabled_network_interfaces = noop
enabled_bios_interfaces = no-bios
enabled_raid_interfaces = no-raid
enabled_vendor_interfaces = no-vendor
state_path = ${directory}/state
host = judge
my_ip = 127.0.0.1
use_stderr = true
[database]
connection = sqlite:///${input.databaseFile}
[oslo_concurrency]
lock_path = ${directory}/lock
[api]
host_ip = 127.0.0.1
port = ${input.apiPort}
api_workers = 1
[json_rpc]
host_ip = 127.0.0.1
port = ${input.rpcPort}
auth_strategy = noauth
[conductor]
automated_clean = false
power_state_change_timeout = 15
sync_power_state_interval = -1
[redfish]
# The controllers of the rack are loopback addresses: nothing is far away.
connection_attempts = 1
[deploy]
http_root = ${directory}/http
[pxe]
tftp_root = ${directory}/tftp
tftp_master_path = ${directory}/tftp/master
images_path = ${directory}/images
instance_master_path = ${directory}/images/master
${none.map((name) => `[${name}]\nauth_type = none`).join("\n")}
`;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await exit;
}
