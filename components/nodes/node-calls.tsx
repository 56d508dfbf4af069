import { PageCalls } from "#components/api/page-calls";
import type { ApiCall } from "#lib/client/curl";

/** The calls of the API for one node. */
export type NodeApi = Record<
  | "read"
  | "sensors"
  | "order"
  | "inspect"
  | "setAside"
  | "flag"
  | "retryRotation"
  | "confirm"
  | "accept"
  | "withdraw"
  | "setPort"
  | "takeBack",
  ApiCall
>;

type Act = "verify" | "sanitize" | "inspect" | "rotate" | "quarantined" | "retired";

type Props = {
  node: {
    id: string;
    maintenance: boolean;
    cordoned: boolean;
    controller: { unresolved: string | null; presented: string | null };
    differences: readonly { field: string; words: string }[];
    accepted: readonly unknown[];
    network: { driver: string | null; port: string | null };
    hold: unknown;
    /** Why an act has no place now, by act. */
    whyNot: Record<Act, string | undefined>;
  };
  readOnly: boolean;
  api: NodeApi;
};

/** What can be ordered of a node in its state and by this person, as calls of the API. */
export function NodeCalls({ node, readOnly, api }: Props) {
  const acts: { label: string; call: ApiCall; body?: unknown; against?: string }[] = [
    ...(["verify", "sanitize", "rotate"] as const).map((order) => ({
      label: orderWords[order],
      call: api.order,
      body: { order },
      against: node.whyNot[order],
    })),
    {
      label: "Inspect",
      call: api.inspect,
      body: { level: "burn_in", seconds: 300 },
      against: node.whyNot.inspect,
    },
    ...(["maintenance", "cordoned"] as const).map((flag) => ({
      label: flagWords[flag][node[flag] ? "clear" : "set"],
      call: api.flag,
      body: node[flag] ? { flag, on: false } : { flag, on: true, reason: "WHY" },
    })),
    ...(["quarantined", "retired"] as const).map((to) => ({
      label: to === "retired" ? "Retire" : "Quarantine",
      call: api.setAside,
      body: { to, reason: "WHY" },
      against: node.whyNot[to],
    })),
    ...(node.controller.unresolved === null
      ? []
      : [{ label: "Try both passwords again", call: api.retryRotation }]),
    ...(node.controller.presented === null
      ? []
      : [
          {
            label: "Confirm its controller's certificate",
            call: api.confirm,
            // Not filled in: it is to be compared with the controller's own.
            body: { certificates: [{ nodeId: node.id, fingerprint: "FINGERPRINT" }] },
          },
        ]),
    ...(node.differences.length > 0
      ? [
          {
            label: "Accept its differences",
            call: api.accept,
            body: {
              differences: node.differences.map(({ field, words }) => ({ field, words })),
              reason: "WHY",
            },
          },
        ]
      : []),
    ...(node.accepted.length > 0
      ? [{ label: "Withdraw what was accepted", call: api.withdraw }]
      : []),
    ...(node.network.driver || node.network.port
      ? [
          {
            label: "Set its port",
            call: api.setPort,
            body: { port: node.network.port ?? "PORT" },
          },
        ]
      : []),
    ...(node.hold ? [{ label: "Take back its hold", call: api.takeBack }] : []),
  ];
  const possible = readOnly ? [] : acts.filter(({ against }) => against === undefined);
  return (
    <PageCalls
      calls={[
        { label: "Read this node", call: api.read },
        { label: "Read its sensors", call: api.sensors },
        ...possible.map(({ label, call, body }) => ({ label, call, body })),
      ]}
    />
  );
}

const orderWords = {
  verify: "Verify",
  sanitize: "Sanitize",
  rotate: "New password for the controller",
} as const;

const flagWords = {
  maintenance: { set: "Set maintenance", clear: "End maintenance" },
  cordoned: { set: "Cordon", clear: "Uncordon" },
} as const;
