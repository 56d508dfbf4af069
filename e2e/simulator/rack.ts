import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixtureHost, placeOf } from "./addresses.ts";
import { CertificateAuthor, type ControllerCertificate, readCertificate } from "./certificate.ts";
import { openControl, type RackControl } from "./control.ts";
import { ControllerServer } from "./controller-server.ts";
import { FixtureController, readCapture } from "./fixture-controller.ts";
import { type NodeIdentity, passwordOf, type RackContext, RackNode } from "./node.ts";
import { type NodeGroup, type RackOptions, rackOptionsSchema } from "./options.ts";
import { Sessions } from "./sessions.ts";
import { type RackState, StateFile } from "./state-file.ts";
import { defaultTiming, scaledTiming } from "./timing.ts";

/** A controller that replays a capture. */
export type FixtureIdentity = {
  name: string;
  controllerAddress: string;
  username: string;
  password: string;
  certificate: ControllerCertificate;
};

/** A rack that runs. */
export type Rack = {
  nodes: NodeIdentity[];
  fixtures: FixtureIdentity[];
  control: RackControl;
  /** The same over HTTP. */
  controlOrigin: string;
  close(): Promise<void>;
};

type Opened = { close: () => Promise<void> };

/**
 * Starts a rack: controllers, machines, exporters and the control endpoint, all on loopback.
 * Resolves when every controller listens.
 * @throws ZodError for options that make no sense, and Error when a port is taken, a fixture or the
 *   state cannot be read, or a qemu node is asked for and qemu is not installed.
 */
export async function startRack(options: RackOptions): Promise<Rack> {
  const settings = rackOptionsSchema.parse(options);
  const saved = settings.stateFile === null ? null : await StateFile.read(settings.stateFile);
  const author = await CertificateAuthor.open(saved?.keyPem);
  const temporary = settings.directory === null ? await mkdtemp(join(tmpdir(), "rack-")) : null;

  let baseTiming = { ...defaultTiming, ...settings.timing };
  let speed = settings.speed;
  let pxeOrigin = settings.pxeOrigin;
  const nodes = new Map<string, RackNode>();
  const fixtures: FixtureIdentity[] = [];
  const opened: Opened[] = [];

  const stateFile =
    settings.stateFile === null
      ? null
      : new StateFile(
          settings.stateFile,
          (): RackState => ({
            keyPem: author.keyPem,
            nodes: Object.fromEntries([...nodes].map(([name, node]) => [name, node.state()])),
            fixtures: Object.fromEntries(
              fixtures.map(({ name, certificate }) => [name, certificate.pem]),
            ),
          }),
        );
  const context: RackContext = {
    settings,
    directory: settings.directory ?? temporary ?? tmpdir(),
    author,
    timing: () => scaledTiming(baseTiming, speed),
    pxeOrigin: () => pxeOrigin,
    onChange: () => stateFile?.changed(),
  };
  const close = async () => {
    // What the machines do is over with the rack; what they were is in the file first.
    await stateFile?.close();
    await Promise.all(opened.map((part) => part.close()));
    if (temporary !== null) await rm(temporary, { recursive: true, force: true });
  };

  try {
    for (const { group, name, place } of plannedNodes(settings.nodes, settings.nodesPerRack)) {
      if (nodes.has(name)) throw new Error(`two nodes are called ${name}`);
      const node = await RackNode.open({ context, group, name, place, state: saved?.nodes[name] });
      nodes.set(name, node);
      opened.push(node);
    }
    for (const [index, fixture] of settings.fixtures.entries()) {
      const host = fixtureHost(settings.network, index);
      const savedPem = saved?.fixtures[fixture.name];
      const certificate = savedPem
        ? readCertificate(savedPem)
        : await author.issue(fixture.name, host);
      const username = "admin";
      const password = passwordOf(settings.seed, fixture.name);
      const controller = new FixtureController({
        capture: await readCapture(fixture.file),
        sessions: new Sessions({
          username,
          password,
          limit: settings.sessionLimit,
          lockout: settings.lockout,
        }),
      });
      const server = new ControllerServer({
        host,
        port: settings.controllerPort,
        keyPem: author.keyPem,
        certificate,
        handle: (request, response) => controller.handle(request, response),
      });
      await server.set({ open: true, certificate });
      opened.push(server);
      fixtures.push({
        name: fixture.name,
        controllerAddress: `${host}:${settings.controllerPort}`,
        username,
        password,
        certificate,
      });
    }

    const nodeOf = (name: string) => {
      const node = nodes.get(name);
      if (node === undefined) throw new RangeError(`no node is called ${name}`);
      return node;
    };
    const control: RackControl = {
      list: () =>
        [...nodes.values()].map((node) => {
          const { boots: _, phases: __, requests: ___, certificate, ...summary } = node.report();
          return { ...summary, fingerprint: certificate.fingerprint };
        }),
      report: (name) => nodeOf(name).report(),
      setFaults: (name, faults) => nodeOf(name).setFaults(faults),
      setTiming: ({ speed: wanted, ...changes }) => {
        baseTiming = { ...baseTiming, ...changes };
        speed = wanted ?? speed;
      },
      timing: () => scaledTiming(baseTiming, speed),
      setPxeOrigin: (origin) => {
        pxeOrigin = origin;
      },
      console: (name) => nodeOf(name).console(),
    };
    const endpoint = await openControl(control, settings.controlPort);
    opened.push(endpoint);
    stateFile?.changed();
    return {
      nodes: [...nodes.values()].map((node) => node.identity),
      fixtures,
      control,
      controlOrigin: endpoint.origin,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function* plannedNodes(groups: readonly NodeGroup[], nodesPerRack: number) {
  let index = 0;
  for (const group of groups) {
    for (let member = 0; member < group.count; member++, index++) {
      const place = placeOf(index, nodesPerRack);
      const two = (number: number) => String(number).padStart(2, "0");
      const kind = group.machine === "qemu" ? "vm" : group.gpus > 0 ? "gpu" : "cpu";
      const given = group.count > 1 ? `${group.name}-${member + 1}` : group.name;
      const name =
        group.name === undefined ? `${kind}-r${two(place.rack)}-n${two(place.slot)}` : `${given}`;
      yield { group, name, place };
    }
  }
}
