import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import type { NodeReport } from "./node.ts";
import { faultSchema, timingSchema } from "./options.ts";
import type { Timing } from "./timing.ts";

/** What a test or a demo may look at and change while the rack runs. */
export type RackControl = {
  /** The state of every node, without its logs. */
  list(): NodeSummary[];
  /** Everything about one node; throws a RangeError when there is none of that name. */
  report(name: string): NodeReport;
  /** Sets a node's faults; those not named end. */
  setFaults(name: string, faults: readonly string[]): Promise<void>;
  /** Changes the times that are named, from the next step on. `speed` divides all of them. */
  setTiming(timing: Partial<Timing> & { speed?: number }): void;
  timing(): Timing;
  /** Where DHCP sends machines that boot by PXE; null when it answers nothing. */
  setPxeOrigin(origin: string | null): void;
  /** A qemu machine's serial console; null for a node without one. */
  console(name: string): string | null;
};

export type NodeSummary = Omit<
  NodeReport,
  "boots" | "phases" | "requests" | "certificate" | "secrets"
> & {
  fingerprint: string;
};

const faultsBody = z.strictObject({ faults: z.array(faultSchema) });
const timingBody = timingSchema.extend({ speed: z.number().positive().optional() });
const siteBody = z.strictObject({ pxeOrigin: z.url().nullable() });

/** Opens the control endpoint, over HTTP on 127.0.0.1. Port 0 takes a free one. */
export async function openControl(
  control: RackControl,
  port: number,
): Promise<{ origin: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    handle(control, request)
      .catch((error: unknown) => {
        if (error instanceof z.ZodError) return { status: 400, body: z.prettifyError(error) };
        if (error instanceof SyntaxError) return { status: 400, body: error.message };
        if (error instanceof RangeError) return { status: 404, body: error.message };
        throw error;
      })
      .then((reply) => send(response, reply));
  });
  await listen(server, port);
  const { port: taken } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${taken}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Reply = { status: number; body: unknown };

async function handle(control: RackControl, request: IncomingMessage): Promise<Reply> {
  const { pathname } = new URL(request.url ?? "/", "http://control");
  const [collection, encodedName, part, ...rest] = pathname.split("/").slice(1);
  const name = decodeURIComponent(encodedName ?? "");
  const route = `${request.method} ${collection}${name && "/name"}${part ? `/${part}` : ""}`;
  if (rest.length > 0) return { status: 404, body: "no such path" };
  switch (route) {
    case "GET nodes":
      return { status: 200, body: control.list() };
    case "GET nodes/name":
      return { status: 200, body: control.report(name) };
    case "GET nodes/name/console":
      return { status: 200, body: control.console(name) ?? "" };
    case "PUT nodes/name/faults":
      await control.setFaults(name, faultsBody.parse(await readJson(request)).faults);
      return { status: 200, body: control.report(name).faults };
    case "GET timing":
      return { status: 200, body: control.timing() };
    case "PUT timing":
      control.setTiming(timingBody.parse(await readJson(request)));
      return { status: 200, body: control.timing() };
    case "PUT site": {
      const { pxeOrigin } = siteBody.parse(await readJson(request));
      control.setPxeOrigin(pxeOrigin);
      return { status: 200, body: { pxeOrigin } };
    }
    default:
      return { status: 404, body: "no such path" };
  }
}

function send(response: ServerResponse, { status, body }: Reply): void {
  const isText = typeof body === "string";
  response.writeHead(status, {
    "content-type": isText ? "text/plain; charset=utf-8" : "application/json",
  });
  response.end(isText ? body : JSON.stringify(body));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port }, () => resolve());
  });
}
