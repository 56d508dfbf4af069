import type { HookRunRow } from "#db/queries/hook-runs";
import type { OperationRow } from "#db/queries/operations";
import { addSpan, noteOnSpan, traced } from "#lib/config/trace";
import type { Exchange } from "#lib/ports/controller";
import type { FabricDriver } from "#lib/ports/fabric";
import type { NetworkDriver } from "#lib/ports/network";
import type { Turn } from "#lib/worker/hooks/turn";

/** One attempt at a step of an operation, in that operation's trace. */
export function tracedStep<T extends { kind: string }>(
  operation: OperationRow,
  step: string,
  run: () => Promise<T>,
): Promise<T> {
  const { id, parentId, kind, attempt, nodeId } = operation;
  const attributes = {
    "ingot.operation.id": id,
    "ingot.operation.kind": kind,
    "ingot.step": step,
    "ingot.attempt": attempt,
    ...(nodeId ? { "ingot.node.id": nodeId } : {}),
  };
  const noting = async () => {
    const outcome = await run();
    noteOnSpan({ "ingot.outcome": outcome.kind });
    return outcome;
  };
  return traced(`step ${step}`, attributes, noting, { id, parentId });
}

/** One turn of a hook's run, in the trace of the operation that it is of. */
export function tracedTurn(run: HookRunRow, take: () => Promise<Turn>): Promise<Turn> {
  const { id, operationId, definition, point, turn, attempt } = run;
  const attributes = {
    "ingot.operation.id": operationId,
    "ingot.hook_run.id": id,
    "ingot.hook.kind": definition.kind,
    "ingot.hook.point": point,
    ...{ "ingot.turn": turn, "ingot.attempt": attempt + 1 },
  };
  const noting = async () => {
    const outcome = await take();
    noteOnSpan({ "ingot.outcome": outcome.kind === "ended" ? outcome.state : outcome.kind });
    return outcome;
  };
  const of = { id: operationId, parentId: null };
  return traced(`hook ${definition.kind}`, attributes, noting, of);
}

/** A network driver each of whose orders and reads is a span. */
export function tracedNetwork(driver: NetworkDriver): NetworkDriver {
  return {
    attach: (port, vlan) => traced("network attach", {}, () => driver.attach(port, vlan)),
    detach: (port) => traced("network detach", {}, () => driver.detach(port)),
    read: (port) => traced("network read", {}, () => driver.read(port)),
    close: () => driver.close(),
  };
}

/** The same of a fabric manager. */
export function tracedFabric(driver: FabricDriver): FabricDriver {
  return {
    join: (pkey, guids) => traced("fabric join", {}, () => driver.join(pkey, guids)),
    leave: (pkey, guids) => traced("fabric leave", {}, () => driver.leave(pkey, guids)),
    read: (pkey) => traced("fabric read", {}, () => driver.read(pkey)),
    readAll: () => traced("fabric read all", {}, () => driver.readAll()),
    close: () => driver.close(),
  };
}

/** Has one exchange with a controller be a part of the step under way. Of its path the schema is told. */
export function traceExchange(nodeId: string, exchange: Exchange): void {
  addSpan(() => {
    const { at, method, path, status, durationMs, error } = exchange;
    const shown = exchangePattern(path);
    const startMs = at.getTime();
    const isRefusal = status !== null && status >= 400;
    return {
      name: `${method} ${shown}`,
      kind: "client",
      ...{ startMs, endMs: startMs + durationMs },
      attributes: {
        "ingot.node.id": nodeId,
        "ingot.exchange": shown,
        ...(method === "IPMI" ? {} : { "http.request.method": method }),
        ...(status === null ? {} : { "http.response.status_code": status }),
      },
      ...(error !== null || isRefusal ? { error: isRefusal ? String(status) : "no_answer" } : {}),
    };
  });
}

/** In the plural and no collection, whose members have names of their own. */
const noCollections = new Set(["Actions", "Bios"]);

/**
 * What was asked for, without the names that a maker or a person chose: of a Redfish path the segments
 * that are words of its schema, of an IPMI command the first two words.
 */
export function exchangePattern(path: string): string {
  if (!path.startsWith("/")) return path.split(" ").filter(isWord).slice(0, 2).join(" ");
  const segments = path.split(/[?#]/, 1)[0]?.split("/") ?? [];
  return segments
    .map((segment, at) => {
      const before = segments[at - 1] ?? "";
      const isMember = before.endsWith("s") && !noCollections.has(before);
      const isKnown = segment === "" || segment === "v1" || isWord(segment);
      return segment === "" || (isKnown && !isMember) ? segment : "*";
    })
    .join("/");
}

function isWord(text: string): boolean {
  return /^[A-Za-z]+(\.[A-Za-z]+)?$/.test(text);
}
