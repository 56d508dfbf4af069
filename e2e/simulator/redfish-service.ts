import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { BootOverride, BootSettings } from "./boot-override.ts";
import type { Faults } from "./faults.ts";
import type { Flavour } from "./flavours.ts";
import type { Hardware } from "./hardware.ts";
import type { Machine } from "./machine.ts";
import type { ResetType } from "./power.ts";
import { errorBody, type RedfishError, redfishErrors } from "./redfish-message.ts";
import { RequestLog } from "./request-log.ts";
import {
  type ControllerView,
  type Document,
  pathsOf,
  resourcesOf,
  rootDocument,
  serviceRoot,
  taskFields,
} from "./resources.ts";
import type { Sessions } from "./sessions.ts";
import { Tasks } from "./tasks.ts";

type Reply = {
  status: number;
  body?: Document;
  headers?: Record<string, string>;
};

const largestBodyBytes = 1024 * 1024;
const hugeAnswerBytes = 50 * 1024 * 1024;

/** A controller's Redfish service, without the HTTPS around it. */
export class RedfishService {
  readonly log = new RequestLog();
  readonly sessions: Sessions;
  readonly #name: string;
  readonly #host: string;
  readonly #flavour: Flavour;
  readonly #paths: ReturnType<typeof pathsOf>;
  readonly #hardware: Hardware;
  readonly #machine: Machine;
  readonly #override: BootOverride;
  readonly #faults: Faults;
  readonly #tasks = new Tasks();
  readonly #random: () => number;
  readonly #awkwardShare: number;
  readonly #onChange: () => void;
  #assetTag = "";

  /**
   * @param awkwardShare The share of requests, 0 to 1, that meet a busy controller: 503 with
   *   Retry-After, or 409 for a change.
   */
  constructor(input: {
    name: string;
    host: string;
    flavour: Flavour;
    hardware: Hardware;
    machine: Machine;
    override: BootOverride;
    faults: Faults;
    sessions: Sessions;
    random: () => number;
    awkwardShare: number;
    onChange: () => void;
  }) {
    this.#name = input.name;
    this.#host = input.host;
    this.#flavour = input.flavour;
    this.#paths = pathsOf(input.flavour);
    this.#hardware = input.hardware;
    this.#machine = input.machine;
    this.#override = input.override;
    this.#faults = input.faults;
    this.sessions = input.sessions;
    this.#random = input.random;
    this.#awkwardShare = input.awkwardShare;
    this.#onChange = input.onChange;
  }

  /** Answers one request, or leaves it without an answer when the controller hangs. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const entry = this.log.open(request.method ?? "", request.url ?? "");
    response.on("close", () =>
      this.log.close(entry, response.writableEnded ? response.statusCode : null),
    );
    if (this.#faults.has("bmc-hangs")) return;

    const body = await readBody(request);
    const reply =
      body === undefined ? fail(redfishErrors.malformedJson()) : this.#reply(request, body);
    const isRead = request.method === "GET" && reply.status === 200;
    if (isRead && this.#faults.has("huge-answer")) return sendHugeAnswer(response);
    const text = reply.body === undefined ? "" : JSON.stringify(reply.body);
    const isCutOff = isRead && this.#faults.has("malformed-json");
    response.writeHead(reply.status, {
      "odata-version": "4.0",
      "cache-control": "no-cache",
      ...(text === ""
        ? {}
        : { "content-type": "application/json;odata.metadata=minimal;charset=utf-8" }),
      ...reply.headers,
    });
    response.end(isCutOff ? text.slice(0, Math.floor(text.length * 0.6)) : text);
  }

  #reply(request: IncomingMessage, body: string): Reply {
    const method = request.method ?? "GET";
    const url = new URL(request.url ?? "/", "https://controller");
    const path = url.pathname.replace(/(.)\/+$/, "$1");

    if (this.#faults.takeOne("busy")) return fail(redfishErrors.serviceTemporarilyUnavailable(1));
    if (method === "GET" && path === "/redfish") {
      return { status: 200, body: { v1: `${serviceRoot}/` } };
    }
    if (method === "GET" && path === serviceRoot) return this.#document(rootDocument(this.#view()));
    if (method === "POST" && path === this.#paths.sessions) return this.#openSession(body);

    if (!this.#isAllowed(request)) {
      const error = redfishErrors.resourceAtUriUnauthorized(path);
      return { ...fail(error), headers: { "www-authenticate": 'Basic realm="Redfish"' } };
    }
    // What the standard asks of a service for query options it does not know.
    if ([...url.searchParams.keys()].some((key) => key.startsWith("$") && key !== "$skip")) {
      return fail(redfishErrors.queryNotSupported());
    }
    const isSession = path.startsWith(`${this.#paths.sessions}/`);
    if (!isSession && this.#random() < this.#awkwardShare) {
      const isChange = method !== "GET" && this.#random() < 0.5;
      return fail(
        isChange ? redfishErrors.resourceInUse() : redfishErrors.serviceTemporarilyUnavailable(1),
      );
    }
    if (this.#isGpuTray(path) && this.#isGpuTraySilent()) {
      return fail(redfishErrors.gpuTrayUnreachable());
    }
    switch (method) {
      case "GET":
        return this.#read(path, Number(url.searchParams.get("$skip") ?? 0));
      case "PATCH":
        return this.#change(request, path, body);
      case "POST":
        return this.#act(path, body);
      case "DELETE":
        return this.#endSession(path);
      default:
        return fail(redfishErrors.operationNotAllowed());
    }
  }

  #view(): ControllerView {
    const missing = this.#faults.has("wrong-gpu-count") ? 1 : 0;
    return {
      flavour: this.#flavour,
      hardware: this.#hardware,
      name: this.#name,
      controllerHost: this.#host,
      power: this.#machine.power,
      phase: this.#machine.journal.phase,
      hostname: this.#machine.installed?.hostname ?? null,
      boot: this.#override.settings,
      assetTag: this.#assetTag,
      gpus: this.#hardware.gpus.slice(missing),
      sessions: this.sessions.list(),
      lockout: this.sessions.lockout,
      username: this.sessions.username,
      tasks: this.#tasks.all,
    };
  }

  #isAllowed(request: IncomingMessage): boolean {
    if (this.#faults.has("bmc-401")) return false;
    const token = request.headers["x-auth-token"];
    if (typeof token === "string") return this.sessions.find(token) !== undefined;
    const [scheme, encoded] = (request.headers.authorization ?? "").split(" ", 2);
    if (scheme?.toLowerCase() !== "basic" || encoded === undefined) return false;
    const [username = "", ...rest] = Buffer.from(encoded, "base64").toString("utf8").split(":");
    return this.sessions.login(username, rest.join(":"));
  }

  #openSession(body: string): Reply {
    const wanted = parseObject(body);
    if (wanted === undefined) return fail(redfishErrors.malformedJson());
    const { UserName: username, Password: password } = wanted;
    if (typeof username !== "string") return fail(redfishErrors.propertyMissing("UserName"));
    if (typeof password !== "string") return fail(redfishErrors.propertyMissing("Password"));
    if (this.#faults.has("bmc-401") || !this.sessions.login(username, password)) {
      return fail(redfishErrors.resourceAtUriUnauthorized(this.#paths.sessions));
    }
    const session = this.sessions.open();
    if (session === null) return fail(redfishErrors.sessionLimitExceeded());
    const path = `${this.#paths.sessions}/${session.id}`;
    return {
      status: 201,
      headers: { "x-auth-token": session.token, location: path },
      body: {
        "@odata.id": path,
        "@odata.type": "#Session.v1_5_0.Session",
        Id: session.id,
        Name: "User Session",
        UserName: session.username,
      },
    };
  }

  #endSession(path: string): Reply {
    const prefix = `${this.#paths.sessions}/`;
    if (!path.startsWith(prefix)) return fail(redfishErrors.operationNotAllowed());
    return this.sessions.end(path.slice(prefix.length))
      ? { status: 204 }
      : fail(redfishErrors.resourceMissing(path));
  }

  #isGpuTray(path: string): boolean {
    const { gpuSystemId } = this.#flavour;
    return gpuSystemId !== null && `${path}/`.startsWith(`${this.#paths.gpuSystem}/`);
  }

  #isGpuTraySilent(): boolean {
    return this.#machine.power !== "On" || this.#faults.has("hgx-503");
  }

  #read(path: string, skip: number): Reply {
    if (path.startsWith(`${this.#paths.taskMonitors}/`)) return this.#monitor(path);
    const document = resourcesOf(this.#view()).get(path);
    if (document === undefined) return fail(redfishErrors.resourceMissing(path));
    return this.#document(this.#page(document, path, skip));
  }

  #page(document: Document, path: string, skip: number): Document {
    const members = document.Members;
    const size = this.#flavour.pageSize;
    if (!Array.isArray(members) || (members.length <= size && skip === 0)) return document;
    const end = skip + size;
    return {
      ...document,
      Members: members.slice(skip, end),
      ...(end < members.length ? { "Members@odata.nextLink": `${path}?$skip=${end}` } : {}),
    };
  }

  #document(document: Document): Reply {
    const etag = this.#etag(document);
    return { status: 200, headers: { etag }, body: { ...document, "@odata.etag": etag } };
  }

  #etag(document: Document): string {
    const hash = createHash("sha1").update(JSON.stringify(document)).digest("hex").slice(0, 12);
    return this.#flavour.weakEtags ? `W/"${hash}"` : `"${hash}"`;
  }

  #monitor(path: string): Reply {
    const task = this.#tasks.find(path.slice(this.#paths.taskMonitors.length + 1));
    if (task === undefined) return fail(redfishErrors.resourceMissing(path));
    if (task.endedAt !== null) return { status: 204 };
    return {
      status: 202,
      headers: { location: path, "retry-after": "1" },
      body: { Id: task.id, ...taskFields(task, this.#paths.taskMonitors) },
    };
  }

  #change(request: IncomingMessage, path: string, body: string): Reply {
    const document = resourcesOf(this.#view()).get(path);
    if (document === undefined) return fail(redfishErrors.resourceMissing(path));
    if (path !== this.#paths.system) return fail(redfishErrors.operationNotAllowed());
    const wanted = request.headers["if-match"];
    if (wanted !== undefined && wanted !== "*" && wanted !== this.#etag(document)) {
      return fail(redfishErrors.preconditionFailed());
    }
    const change = parseObject(body);
    if (change === undefined) return fail(redfishErrors.malformedJson());
    const { Boot: boot, AssetTag: assetTag, ...unknown } = change;
    const [unknownName] = Object.keys(unknown);
    if (unknownName !== undefined) return fail(redfishErrors.propertyUnknown(unknownName));

    const settings = boot === undefined ? {} : readBootChange(boot, this.#flavour);
    if ("messageId" in settings) return fail(settings);
    if (assetTag !== undefined && typeof assetTag !== "string") {
      return fail(redfishErrors.propertyValueTypeError(String(assetTag), "AssetTag"));
    }
    this.#override.change(settings);
    this.#assetTag = assetTag ?? this.#assetTag;
    this.#onChange();
    return this.#flavour.patchAnswer === "resource" ? this.#read(path, 0) : { status: 204 };
  }

  #act(path: string, body: string): Reply {
    if (path !== this.#paths.reset) {
      const isResource = resourcesOf(this.#view()).has(path);
      return fail(
        isResource ? redfishErrors.operationNotAllowed() : redfishErrors.resourceMissing(path),
      );
    }
    const parameters = parseObject(body);
    if (parameters === undefined) return fail(redfishErrors.malformedJson());
    const { ResetType: wanted } = parameters;
    if (wanted === undefined) {
      return fail(redfishErrors.actionParameterMissing("ComputerSystem.Reset", "ResetType"));
    }
    const resetType = this.#flavour.resetTypes.find((known) => known === wanted);
    if (resetType === undefined) {
      return fail(
        redfishErrors.actionParameterValueNotInList(
          String(wanted),
          "ResetType",
          "ComputerSystem.Reset",
        ),
      );
    }
    return this.#reset(resetType);
  }

  #reset(resetType: ResetType): Reply {
    const { power } = this.#machine;
    const isAlready = power === "On" ? turnsOn(resetType) : power === "Off" && !turnsOn(resetType);
    if (isAlready) {
      return this.#flavour.resetAlready === "conflict"
        ? fail(redfishErrors.actionParameterValueConflict("ResetType", resetType))
        : { status: 204 };
    }
    // Power that is on its way can be cut, and nothing else.
    if ((power === "PoweringOn" || power === "PoweringOff") && resetType !== "ForceOff") {
      return fail(redfishErrors.resourceInUse());
    }
    if (!this.#faults.has("power-lies")) this.#order(resetType);
    if (this.#flavour.resetAnswer === "no-content") return { status: 204 };

    const task = this.#tasks.open(`Reset ${resetType}`, this.#machine.settled());
    const path = `${this.#paths.tasks}/${task.id}`;
    return {
      status: 202,
      headers: { location: `${this.#paths.taskMonitors}/${task.id}`, "retry-after": "1" },
      body: {
        "@odata.id": path,
        "@odata.type": "#Task.v1_7_1.Task",
        Id: task.id,
        ...taskFields(task, this.#paths.taskMonitors),
      },
    };
  }

  #order(resetType: ResetType): void {
    switch (resetType) {
      case "On":
      case "ForceOn":
        return this.#machine.turnOn();
      case "ForceOff":
        return this.#machine.turnOff();
      case "GracefulShutdown":
        return this.#machine.shutDown();
      case "GracefulRestart":
        return this.#machine.restart("graceful");
      case "ForceRestart":
      case "PowerCycle":
        return this.#machine.restart("forced");
      case "PushPowerButton":
        return this.#machine.power === "Off" ? this.#machine.turnOn() : this.#machine.shutDown();
    }
  }
}

// The button changes either state; orders that restart need a host that is on.
function turnsOn(resetType: ResetType): boolean {
  return resetType === "On" || resetType === "ForceOn";
}

function readBootChange(boot: unknown, flavour: Flavour): Partial<BootSettings> | RedfishError {
  if (typeof boot !== "object" || boot === null) {
    return redfishErrors.propertyValueTypeError(String(boot), "Boot");
  }
  const change: Partial<BootSettings> = {};
  for (const [property, value] of Object.entries(boot)) {
    switch (property) {
      case "BootSourceOverrideEnabled":
        if (value !== "Disabled" && value !== "Once" && value !== "Continuous") {
          return redfishErrors.propertyValueNotInList(String(value), property);
        }
        change.enabled = value;
        break;
      case "BootSourceOverrideTarget":
        if (typeof value !== "string" || !flavour.bootTargets.includes(value)) {
          return redfishErrors.propertyValueNotInList(String(value), property);
        }
        change.target = value;
        break;
      case "BootSourceOverrideMode":
        if (value !== "UEFI" && value !== "Legacy") {
          return redfishErrors.propertyValueNotInList(String(value), property);
        }
        change.mode = value;
        break;
      case "HttpBootUri":
        if (!flavour.bootTargets.includes("UefiHttp")) {
          return redfishErrors.propertyUnknown(property);
        }
        if (value !== null && (typeof value !== "string" || !URL.canParse(value))) {
          return redfishErrors.propertyValueTypeError(String(value), property);
        }
        change.httpBootUri = value;
        break;
      default:
        return redfishErrors.propertyUnknown(property);
    }
  }
  return change;
}

function fail(error: RedfishError): Reply {
  const { retryAfterSeconds } = error;
  return {
    status: error.status,
    body: errorBody(error),
    headers: retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) },
  };
}

/** The body as text; undefined when it is longer than any request to a controller is. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= largestBodyBytes) chunks.push(chunk);
  }
  return bytes > largestBodyBytes ? undefined : Buffer.concat(chunks).toString("utf8");
}

function parseObject(text: string): Document | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Document) : undefined;
  } catch {
    return undefined;
  }
}

/** A JSON text of 50 MB, sent as fast as it is read and no faster. */
async function sendHugeAnswer(response: ServerResponse): Promise<void> {
  const chunk = "x".repeat(64 * 1024);
  response.writeHead(200, { "content-type": "application/json" });
  response.write('{"@odata.id":"/redfish/v1","Description":"');
  for (let sent = 0; sent < hugeAnswerBytes && !response.destroyed; sent += chunk.length) {
    if (response.write(chunk)) continue;
    await new Promise<void>((resolve) => {
      response.once("drain", resolve);
      response.once("close", resolve);
    });
  }
  response.end('"}');
}
