import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { BootOverride, BootSettings } from "./boot-override.ts";
import type { Faults } from "./faults.ts";
import type { Flavour } from "./flavours.ts";
import type { Hardware } from "./hardware.ts";
import { allResourcesOf } from "./health-resources.ts";
import type { Machine } from "./machine.ts";
import type { ResetType } from "./power.ts";
import { type RedfishError, redfishErrors } from "./redfish-message.ts";
import { bodyText, failure, type Reply, sendReply } from "./reply.ts";
import { RequestLog } from "./request-log.ts";
import {
  type ControllerView,
  type Document,
  pathsOf,
  rootDocument,
  serviceRoot,
  taskFields,
} from "./resources.ts";
import type { Sessions } from "./sessions.ts";
import { Tasks } from "./tasks.ts";
import type { VirtualDrive } from "./virtual-drive.ts";

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
  readonly #drive: VirtualDrive;
  readonly #faults: Faults;
  readonly #tasks = new Tasks();
  readonly #random: () => number;
  readonly #awkwardShare: number;
  readonly #onChange: () => void;
  #assetTag = "";
  #biosResetAt = 0;
  #isBiosResetPending = false;
  #isTpmClearPending = false;

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
    drive: VirtualDrive;
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
    this.#drive = input.drive;
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
    if (this.#faults.has("bmc-resets")) {
      request.socket.destroy();
      return;
    }
    if (this.#faults.has("bmc-drips")) {
      drip(response);
      return;
    }

    const body = await readBody(request);
    const isPassword = request.method === "PATCH" && request.url === this.#paths.account;
    if (isPassword && body !== undefined && this.#faults.takeOne("password-answer-lost")) {
      await this.#reply(request, body);
      request.socket.destroy();
      return;
    }
    const reply =
      body === undefined
        ? failure(redfishErrors.malformedJson())
        : await this.#reply(request, body);
    const isRead = request.method === "GET" && reply.status === 200;
    if (isRead && this.#faults.has("huge-answer")) {
      await sendHugeAnswer(response);
      return;
    }
    if (isRead && this.#faults.has("html-body")) {
      response.writeHead(200, { "content-type": "text/html" });
      response.end("<!doctype html><title>Sign in</title><h1>Web console</h1>");
      return;
    }
    if (isRead && this.#faults.has("wrong-types")) reply.body = otherTypes(reply.body);
    const text = bodyText(reply);
    const isCutOff = isRead && this.#faults.has("malformed-json");
    sendReply(response, reply, isCutOff ? text.slice(0, Math.floor(text.length * 0.6)) : text);
  }

  #reply(request: IncomingMessage, body: string): Reply | Promise<Reply> {
    const method = request.method ?? "GET";
    const url = new URL(request.url ?? "/", "https://controller");
    const path = url.pathname.replace(/(.)\/+$/, "$1");

    if (this.#faults.takeOne("busy"))
      return failure(redfishErrors.serviceTemporarilyUnavailable(1));
    if (this.#faults.takeOne("internal-error")) return failure(redfishErrors.internalError());
    if (method === "GET" && path === "/redfish") {
      return { status: 200, body: { v1: `${serviceRoot}/` } };
    }
    if (method === "GET" && path === serviceRoot) return this.#document(rootDocument(this.#view()));
    if (this.#faults.has("too-many-requests")) return failure(redfishErrors.tooManyRequests(1));
    if (method === "POST" && path === this.#paths.sessions) return this.#openSession(body);

    if (!this.#isAllowed(request)) {
      const error = redfishErrors.resourceAtUriUnauthorized(path);
      return { ...failure(error), headers: { "www-authenticate": 'Basic realm="Redfish"' } };
    }
    if (this.#faults.has("not-found") && !path.startsWith(this.#paths.sessions)) {
      return failure(redfishErrors.resourceMissing(path));
    }
    if (this.#faults.has("conflict") && (method === "PATCH" || method === "POST")) {
      return failure(redfishErrors.resourceInUse());
    }
    // What the standard asks of a service for query options it does not know.
    const known = this.#flavour.expands ? ["$skip", "$expand"] : ["$skip"];
    if ([...url.searchParams.keys()].some((key) => key.startsWith("$") && !known.includes(key))) {
      return failure(redfishErrors.queryNotSupported());
    }
    const isSession = path.startsWith(`${this.#paths.sessions}/`);
    if (!isSession && this.#random() < this.#awkwardShare) {
      const isChange = method !== "GET" && this.#random() < 0.5;
      return failure(
        isChange ? redfishErrors.resourceInUse() : redfishErrors.serviceTemporarilyUnavailable(1),
      );
    }
    if (this.#isGpuTray(path) && this.#isGpuTraySilent()) {
      return failure(redfishErrors.gpuTrayUnreachable());
    }
    switch (method) {
      case "GET":
        return this.#read(
          path,
          Number(url.searchParams.get("$skip") ?? 0),
          url.searchParams.get("$expand")?.startsWith(".") === true,
        );
      case "PATCH":
        return this.#change(request, path, body);
      case "POST":
        return this.#act(path, body);
      case "DELETE":
        return this.#endSession(path);
      default:
        return failure(redfishErrors.operationNotAllowed());
    }
  }

  #view(): ControllerView {
    const missing = this.#faults.has("wrong-gpu-count") ? 1 : 0;
    const added = this.#faults.has("extra-account") ? ["backdoor"] : [];
    const hardware = this.#faults.has("firmware-changed")
      ? { ...this.#hardware, biosVersion: "6.6.6" }
      : this.#hardware;
    return {
      flavour: this.#flavour,
      hardware,
      name: this.#name,
      controllerHost: this.#host,
      power: this.#machine.power,
      phase: this.#machine.journal.phase,
      hostname: this.#machine.installed?.hostname ?? null,
      boot: this.#override.settings,
      assetTag: this.#assetTag,
      medium: this.#drive.medium,
      bios: {
        isChanged: (this.#faults.sinceOf("bios-changed")?.getTime() ?? 0) > this.#biosResetAt,
        isResetPending: this.#isBiosResetPending,
        isTpmClearPending: this.#isTpmClearPending,
      },
      gpus: this.#hardware.gpus.slice(missing),
      sessions: this.sessions.list(),
      lockout: this.sessions.lockout,
      isLocked: this.sessions.isLocked(),
      accounts: [this.sessions.username, ...added],
      tasks: this.#tasks.all,
      ails: {
        supply: this.#faults.has("psu-failed"),
        fan: this.#faults.has("fan-failed"),
        inlet: this.#faults.has("hot-inlet"),
      },
      criticals: this.#criticals(),
    };
  }

  /** A second apart, from the moment on at which the fault was set. */
  #criticals(): string[] {
    const sinceMs = this.#faults.sinceOf("log-critical")?.getTime() ?? 0;
    return Array.from({ length: this.#faults.countOf("log-critical") ?? 0 }, (_, index) =>
      new Date(sinceMs + index * 1_000).toISOString(),
    );
  }

  #isAllowed(request: IncomingMessage): boolean {
    if (this.#faults.has("bmc-401") || this.#faults.has("bmc-locked")) return false;
    const token = request.headers["x-auth-token"];
    if (typeof token === "string") return this.sessions.find(token) !== undefined;
    const [scheme, encoded] = (request.headers.authorization ?? "").split(" ", 2);
    if (scheme?.toLowerCase() !== "basic" || encoded === undefined) return false;
    const [username = "", ...rest] = Buffer.from(encoded, "base64").toString("utf8").split(":");
    return this.sessions.login(username, rest.join(":"));
  }

  #openSession(body: string): Reply {
    const wanted = parseObject(body);
    if (wanted === undefined) return failure(redfishErrors.malformedJson());
    const { UserName: username, Password: password } = wanted;
    if (typeof username !== "string") return failure(redfishErrors.propertyMissing("UserName"));
    if (typeof password !== "string") return failure(redfishErrors.propertyMissing("Password"));
    if (this.#faults.has("bmc-locked")) return failure(redfishErrors.accountLocked());
    if (this.#faults.has("bmc-401") || !this.sessions.login(username, password)) {
      return failure(redfishErrors.resourceAtUriUnauthorized(this.#paths.sessions));
    }
    const session = this.#faults.has("sessions-full") ? null : this.sessions.open();
    if (session === null) return failure(redfishErrors.sessionLimitExceeded());
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
    if (!path.startsWith(prefix)) return failure(redfishErrors.operationNotAllowed());
    return this.sessions.end(path.slice(prefix.length))
      ? { status: 204 }
      : failure(redfishErrors.resourceMissing(path));
  }

  #isGpuTray(path: string): boolean {
    const { gpuSystemId } = this.#flavour;
    return gpuSystemId !== null && `${path}/`.startsWith(`${this.#paths.gpuSystem}/`);
  }

  #isGpuTraySilent(): boolean {
    return this.#machine.power !== "On" || this.#faults.has("hgx-503");
  }

  #read(path: string, skip: number, expanded = false): Reply {
    if (path.startsWith(`${this.#paths.taskMonitors}/`)) return this.#monitor(path);
    const resources = allResourcesOf(this.#view());
    const document = resources.get(path);
    if (document === undefined) return failure(redfishErrors.resourceMissing(path));
    const page = this.#page(document, path, skip);
    return this.#document(expanded ? this.#expanded(page, resources) : page);
  }

  /** A collection with its members in it; one that cannot be reached stays a reference. */
  #expanded(document: Document, resources: Map<string, Document>): Document {
    if (!Array.isArray(document.Members)) return document;
    const members = (document.Members as Document[]).map((member) => {
      const at = String(member["@odata.id"]);
      const found = resources.get(at);
      const isSilent = this.#isGpuTray(at) && this.#isGpuTraySilent();
      return found && !isSilent ? { ...found, "@odata.etag": this.#etag(found) } : member;
    });
    return { ...document, Members: members };
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
    if (task === undefined) return failure(redfishErrors.resourceMissing(path));
    if (task.endedAt !== null) return { status: 204 };
    return {
      status: 202,
      headers: { location: path, "retry-after": "1" },
      body: { Id: task.id, ...taskFields(task, this.#paths.taskMonitors) },
    };
  }

  #change(request: IncomingMessage, path: string, body: string): Reply {
    const document = allResourcesOf(this.#view()).get(path);
    if (document === undefined) return failure(redfishErrors.resourceMissing(path));
    if (path === this.#paths.account) return this.#changeAccount(request, document, body);
    if (path === this.#paths.biosSettings) return this.#changeBios(request, document, body);
    if (path !== this.#paths.system) return failure(redfishErrors.operationNotAllowed());
    const wanted = request.headers["if-match"];
    if (wanted !== undefined && wanted !== "*" && wanted !== this.#etag(document)) {
      return failure(redfishErrors.preconditionFailed());
    }
    const change = parseObject(body);
    if (change === undefined) return failure(redfishErrors.malformedJson());
    const { Boot: boot, AssetTag: assetTag, ...unknown } = change;
    const [unknownName] = Object.keys(unknown);
    if (unknownName !== undefined) return failure(redfishErrors.propertyUnknown(unknownName));

    const settings = boot === undefined ? {} : readBootChange(boot, this.#flavour);
    if ("messageId" in settings) return failure(settings);
    if (assetTag !== undefined && typeof assetTag !== "string") {
      return failure(redfishErrors.propertyValueTypeError(String(assetTag), "AssetTag"));
    }
    this.#override.change(settings);
    this.#assetTag = assetTag ?? this.#assetTag;
    this.#onChange();
    return this.#flavour.patchAnswer === "resource" ? this.#read(path, 0) : { status: 204 };
  }

  #changeAccount(request: IncomingMessage, document: Document, body: string): Reply {
    const match = request.headers["if-match"];
    const { accountsTakeAnyMatch, passwordLength, newPasswordEndsSessions } = this.#flavour;
    const isMatch = accountsTakeAnyMatch
      ? match === "*"
      : match === undefined || match === "*" || match === this.#etag(document);
    if (!isMatch) return failure(redfishErrors.preconditionFailed());
    const { Password: password, ...unknown } = parseObject(body) ?? {};
    const [unknownName] = Object.keys(unknown);
    if (unknownName !== undefined) return failure(redfishErrors.propertyUnknown(unknownName));
    if (typeof password !== "string") return failure(redfishErrors.propertyMissing("Password"));
    const { min, max } = passwordLength;
    const isOfLength = password.length >= (min ?? 0) && password.length <= (max ?? Infinity);
    if (!isOfLength || this.#faults.has("password-refused")) {
      return failure(redfishErrors.propertyValueFormatError("Password"));
    }
    if (!this.#faults.has("password-lies")) {
      this.sessions.changePassword(password);
      if (newPasswordEndsSessions) this.sessions.endAll();
    }
    this.#onChange();
    return { status: 204 };
  }

  #changeBios(request: IncomingMessage, document: Document, body: string): Reply {
    const match = request.headers["if-match"];
    if (match !== undefined && match !== "*" && match !== this.#etag(document)) {
      return failure(redfishErrors.preconditionFailed());
    }
    const { Attributes: attributes } = parseObject(body) ?? {};
    if (typeof attributes !== "object" || attributes === null) {
      return failure(redfishErrors.propertyMissing("Attributes"));
    }
    for (const [name, value] of Object.entries(attributes)) {
      const { tpmClear } = this.#flavour;
      if (name !== tpmClear?.attribute) return failure(redfishErrors.propertyUnknown(name));
      const isKnown = value === tpmClear.value || value === tpmClear.idle;
      if (!isKnown || this.#faults.has("tpm-clear-refused")) {
        return failure(redfishErrors.propertyValueNotInList(String(value), name));
      }
      this.#isTpmClearPending = value === tpmClear.value;
    }
    return { status: 204 };
  }

  /** What the firmware does as it starts. */
  #takeOrders(): void {
    const isReset = this.#isBiosResetPending && !this.#faults.has("bios-reset-ignored");
    if (isReset) this.#biosResetAt = Date.now();
    this.#isBiosResetPending = false;
    if (!this.#faults.has("tpm-clear-ignored")) this.#isTpmClearPending = false;
  }

  #resetBios(body: string): Reply {
    const { biosResetType } = this.#flavour;
    const { ResetType: wanted } = parseObject(body || "{}") ?? {};
    if (biosResetType !== null && wanted === undefined) {
      return failure(redfishErrors.actionParameterMissing("Bios.ResetBios", "ResetType"));
    }
    this.#isBiosResetPending = true;
    return { status: 204 };
  }

  #act(path: string, body: string): Reply | Promise<Reply> {
    if (path === this.#paths.resetBios) return this.#resetBios(body);
    if (this.#flavour.virtualMedia && path === this.#paths.insertMedium) return this.#insert(body);
    if (this.#flavour.virtualMedia && path === this.#paths.ejectMedium) {
      if (!this.#faults.has("medium-stays")) this.#drive.eject();
      return { status: 204 };
    }
    if (path !== this.#paths.reset) {
      const isResource = allResourcesOf(this.#view()).has(path);
      return failure(
        isResource ? redfishErrors.operationNotAllowed() : redfishErrors.resourceMissing(path),
      );
    }
    const parameters = parseObject(body);
    if (parameters === undefined) return failure(redfishErrors.malformedJson());
    const { ResetType: wanted } = parameters;
    if (wanted === undefined) {
      return failure(redfishErrors.actionParameterMissing("ComputerSystem.Reset", "ResetType"));
    }
    const resetType = this.#flavour.resetTypes.find((known) => known === wanted);
    if (resetType === undefined) {
      return failure(
        redfishErrors.actionParameterValueNotInList(
          String(wanted),
          "ResetType",
          "ComputerSystem.Reset",
        ),
      );
    }
    return this.#reset(resetType);
  }

  /** Answers once it has fetched enough of the medium to know that a host could start from it. */
  async #insert(body: string): Promise<Reply> {
    const parameters = parseObject(body);
    if (parameters === undefined) return failure(redfishErrors.malformedJson());
    const { Image: image } = parameters;
    if (typeof image !== "string") {
      return failure(redfishErrors.actionParameterMissing("VirtualMedia.InsertMedia", "Image"));
    }
    if (this.#faults.has("medium-refused")) {
      return failure(redfishErrors.resourceAtUriInUnknownFormat(image));
    }
    if (this.#drive.medium !== null) return failure(redfishErrors.resourceInUse());
    const wrong = await this.#drive.insert(image);
    if (wrong === null) return { status: 204 };
    const { couldNotEstablishConnection, resourceAtUriInUnknownFormat } = redfishErrors;
    return failure(
      wrong === "unreachable"
        ? couldNotEstablishConnection(image)
        : resourceAtUriInUnknownFormat(image),
    );
  }

  #reset(resetType: ResetType): Reply {
    const { power } = this.#machine;
    if (
      (power === "On" && effects[resetType] === "on") ||
      (power === "Off" && effects[resetType] === "off")
    ) {
      return this.#flavour.resetAlready === "conflict"
        ? failure(redfishErrors.actionParameterValueConflict("ResetType", resetType))
        : { status: 204 };
    }
    if (power === "Off" && effects[resetType] === "restart") {
      return failure(redfishErrors.actionParameterValueConflict("ResetType", resetType));
    }
    // Power that is on its way can be cut, and nothing else.
    if ((power === "PoweringOn" || power === "PoweringOff") && resetType !== "ForceOff") {
      return failure(redfishErrors.resourceInUse());
    }
    const isNeverDone = this.#faults.has("task-never-ends");
    if (!this.#faults.has("power-lies") && !isNeverDone) this.#order(resetType);
    if (this.#flavour.resetAnswer === "no-content" && !isNeverDone) return { status: 204 };

    const work = isNeverDone ? new Promise<void>(() => {}) : this.#machine.settled();
    const task = this.#tasks.open(`Reset ${resetType}`, work);
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
    const machine = this.#machine;
    if (effects[resetType] !== "off") this.#takeOrders();
    if (resetType === "ForceOff") machine.turnOff();
    else if (resetType === "GracefulRestart") machine.restart("graceful");
    else if (effects[resetType] === "restart") machine.restart("forced");
    else if (machine.power === "Off") machine.turnOn();
    else machine.shutDown();
  }
}

// What an order leaves behind; the button does the opposite of what is.
const effects: Record<ResetType, "on" | "off" | "restart" | "toggle"> = {
  On: "on",
  ForceOn: "on",
  ForceOff: "off",
  GracefulShutdown: "off",
  GracefulRestart: "restart",
  ForceRestart: "restart",
  PowerCycle: "restart",
  PushPowerButton: "toggle",
};

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

/** The body as text; undefined when the client went away or sent more than any request needs. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request) {
      bytes += chunk.length;
      if (bytes <= largestBodyBytes) chunks.push(chunk);
    }
  } catch (error) {
    if (request.readableAborted) return undefined;
    throw error;
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

/** A byte every fifth of a second, until the client has had enough. */
function drip(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  const timer = setInterval(() => response.write(" "), 200);
  response.on("close", () => clearInterval(timer));
}

/** The same document with every value of another type; links stay, so that a client can go on. */
function otherTypes(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? {} : value.map(otherTypes);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name,
        name.startsWith("@odata") ? member : otherTypes(member),
      ]),
    );
  }
  return typeof value === "string" ? [value] : String(value);
}

/** A JSON text of 50 MB, sent as fast as it is read and no faster. */
async function sendHugeAnswer(response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-type": "application/json" });
  try {
    await pipeline(hugeText, response);
  } catch (error) {
    // A client that has read enough goes away; that is what the fault is for.
    if (!response.destroyed) throw error;
  }
}

function* hugeText(): Generator<string> {
  const chunk = "x".repeat(64 * 1024);
  yield '{"@odata.id":"/redfish/v1","Description":"';
  for (let sent = 0; sent < hugeAnswerBytes; sent += chunk.length) yield chunk;
  yield '"}';
}
