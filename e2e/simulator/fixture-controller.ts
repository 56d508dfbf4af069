import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { redfishErrors } from "./redfish-message.ts";
import { failure, type Reply, sendReply } from "./reply.ts";
import { RequestLog } from "./request-log.ts";
import type { Sessions } from "./sessions.ts";

type Capture = Map<string, unknown>;

const sessionsPath = "/redfish/v1/SessionService/Sessions";

/**
 * A controller that answers what a real one once answered: reads from a capture, sessions of its
 * own, and 405 for everything that would change something.
 */
export class FixtureController {
  readonly log = new RequestLog();
  readonly sessions: Sessions;
  readonly #capture: Capture;

  constructor(input: { capture: Capture; sessions: Sessions }) {
    this.#capture = input.capture;
    this.sessions = input.sessions;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const entry = this.log.open(request.method ?? "", request.url ?? "");
    response.on("close", () => this.log.close(entry, response.statusCode));
    let body = "";
    for await (const chunk of request) body += chunk;
    sendReply(response, this.#reply(request, body));
  }

  #reply(request: IncomingMessage, body: string): Reply {
    const path = trimmed(request.url ?? "/");
    if (request.method === "POST" && path === sessionsPath) return this.#openSession(body);
    if (path !== "/redfish" && path !== "/redfish/v1" && !this.#isAllowed(request)) {
      return failure(redfishErrors.noValidSession());
    }
    if (request.method === "DELETE" && path.startsWith(`${sessionsPath}/`)) {
      const ended = this.sessions.end(path.slice(sessionsPath.length + 1));
      return ended ? { status: 204 } : failure(redfishErrors.resourceMissing(path));
    }
    if (request.method !== "GET") return failure(redfishErrors.operationNotAllowed());
    const [plain = path, query = ""] = path.split("?", 2);
    const captured =
      this.#capture.get(path) ?? (query.startsWith("$expand=") ? this.#expanded(plain) : undefined);
    return captured === undefined
      ? failure(redfishErrors.resourceMissing(path))
      : { status: 200, body: captured };
  }

  /** A collection with its members in it, where the captured controller said that it does that. */
  #expanded(path: string): unknown {
    const body = this.#capture.get(path);
    if (!this.#expands() || !isRecord(body) || !Array.isArray(body.Members)) return body;
    const members = body.Members.map((member: unknown) => {
      const at = isRecord(member) ? trimmed(String(member["@odata.id"])) : "";
      const found = this.#capture.get(at);
      return isRecord(found) ? { "@odata.id": at, ...found } : member;
    });
    return { ...body, Members: members };
  }

  #expands(): boolean {
    const root = this.#capture.get("/redfish/v1");
    const features = isRecord(root) ? root.ProtocolFeaturesSupported : undefined;
    const query = isRecord(features) ? features.ExpandQuery : undefined;
    return isRecord(query) && query.NoLinks === true;
  }

  #openSession(body: string): Reply {
    const { UserName, Password } = parse(body);
    if (!this.sessions.login(String(UserName), String(Password))) {
      return failure(redfishErrors.noValidSession());
    }
    const session = this.sessions.open();
    if (session === null) return failure(redfishErrors.sessionLimitExceeded());
    const path = `${sessionsPath}/${session.id}`;
    return {
      status: 201,
      headers: { "x-auth-token": session.token, location: path },
      body: { "@odata.id": path, Id: session.id, UserName },
    };
  }

  #isAllowed(request: IncomingMessage): boolean {
    const token = request.headers["x-auth-token"];
    if (typeof token === "string") return this.sessions.find(token) !== undefined;
    const [, encoded = ""] = (request.headers.authorization ?? "").split(" ", 2);
    const [username = "", ...rest] = Buffer.from(encoded, "base64").toString("utf8").split(":");
    return this.sessions.login(username, rest.join(":"));
  }
}

/**
 * Reads a capture: one gzipped JSON object, path to body. Paths keep their query (`?$skip=75`) and
 * lose a slash at their end. Throws when the file is not that.
 */
export async function readCapture(file: string): Promise<Capture> {
  const text = (await promisify(gunzip)(await readFile(file))).toString("utf8");
  const bodies: unknown = JSON.parse(text);
  if (typeof bodies !== "object" || bodies === null) throw new Error(`${file} is no capture`);
  return new Map(Object.entries(bodies).map(([path, body]) => [trimmed(path), body]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function trimmed(url: string): string {
  return url.replace(/(.)\/+(\?|$)/, "$1$2");
}

function parse(body: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(body));
  } catch {
    return {};
  }
}
