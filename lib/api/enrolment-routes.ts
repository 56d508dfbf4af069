import { z } from "zod";
import type { Grant } from "#lib/access/authorize";
import { onNode } from "#lib/api/node-routes";
import { listOf } from "#lib/api/page";
import { fleetRoute } from "#lib/api/route";
import { acceptVariant } from "#lib/commands/accept-variant";
import { confirmCertificates } from "#lib/commands/confirm-certificates";
import { enrolNode } from "#lib/commands/enrol-node";
import { enrolNodes } from "#lib/commands/enrol-nodes";
import { setNodePort } from "#lib/commands/set-node-port";
import { withdrawVariant } from "#lib/commands/withdraw-variant";
import { longestSheet } from "#lib/domain/node/enrolment-plan";
import { ok } from "#lib/domain/result";
import { enrolSheetInput, readEnrolmentSheet } from "#lib/schemas/enrolment-sheet";
import { idOf } from "#lib/schemas/id";
import { setNodePortInput } from "#lib/schemas/network";
import { acceptVariantInput, confirmCertificatesInput, enrolNodeInput } from "#lib/schemas/node";
import { enrolmentLines, enrolmentPlan } from "#lib/views/enrolment-plan";
import { certificatesView } from "#lib/views/readiness-board";

const sheetLines = listOf(
  z.object({
    line: z.number(),
    name: z.string(),
    controllerAddress: z.string(),
    outcome: z.enum(["enrol", "enrolled", "refused"]),
    certificate: z.enum(["given", "to_confirm"]).nullable(),
    problems: z.array(z.string()),
  }),
);

const certificate = z.object({
  nodeId: idOf("node"),
  name: z.string(),
  place: z.string(),
  controllerAddress: z.string(),
  fingerprint: z.string(),
});

const done = z.object({ nodeId: idOf("node") });

type Enrol = Grant<"node.enrol">;

export const enrolmentRoutes = {
  enrolNode: fleetRoute({
    method: "POST",
    path: "/nodes",
    permission: "node.enrol",
    tag: "Fleet",
    summary: "Enrol one node",
    description:
      "Its controller is first spoken to by a worker, and is signed in to when its certificate is the expected one, or was confirmed.",
    body: enrolNodeInput.extend({
      unit: enrolNodeInput.shape.unit.default(null),
      expectedFingerprint: enrolNodeInput.shape.expectedFingerprint.default(null),
      address: enrolNodeInput.shape.address.default(null),
    }),
    response: done,
    status: 202,
    run: ({ db, by, body, sealingKey }) => enrolNode(db, by, body, sealingKey),
  }),

  checkEnrolment: fleetRoute({
    method: "POST",
    path: "/nodes/check",
    permission: "node.enrol",
    tag: "Fleet",
    summary: "Ask what enrolling the nodes of a list would do, line by line",
    description: "Nothing is written, and no controller is asked.",
    body: enrolSheetInput,
    mostBytes: longestSheet + 10_000,
    response: sheetLines,
    onlyAsks: true,
    run: async ({ db, by, body }) => {
      const sheet = readEnrolmentSheet(body);
      return sheet.ok ? ok({ items: await enrolmentPlan(db, by, sheet.value) }) : sheet;
    },
  }),

  enrolNodes: fleetRoute({
    method: "POST",
    path: "/nodes/enrol",
    permission: "node.enrol",
    tag: "Fleet",
    summary: "Enrol the nodes of a list",
    description:
      "The list is the one of the page Enrol many: comma separated, with a heading. A list may be sent again: what is enrolled stays as it is.",
    body: enrolSheetInput,
    mostBytes: longestSheet + 10_000,
    response: sheetLines,
    run: async ({ db, by, body, sealingKey }) => {
      const sheet = readEnrolmentSheet(body);
      if (!sheet.ok) return sheet;
      const enrolled = await enrolNodes(db, by, sheet.value, sealingKey);
      return enrolled.ok ? ok({ items: enrolmentLines(sheet.value, enrolled.value) }) : enrolled;
    },
  }),

  listCertificates: fleetRoute({
    method: "GET",
    path: "/certificates",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "Certificates of new nodes' controllers that wait to be confirmed, by node",
    description:
      "Two hundred at most. A certificate that a controller changed later is told with its node.",
    response: listOf(certificate).extend({
      /** How many there are in all. */
      total: z.number(),
    }),
    run: async ({ db, by }) => {
      const { shown, total } = await certificatesView(db, by);
      return ok({ items: shown, total });
    },
  }),

  confirmCertificates: fleetRoute({
    method: "POST",
    path: "/certificates/confirm",
    permission: "node.enrol",
    tag: "Fleet",
    summary: "Confirm the certificates that controllers show: all of them, or none",
    description:
      "The fingerprints are those of the controllers' own certificates, from wherever you know them. Refused when one shows another by now.",
    body: confirmCertificatesInput,
    mostBytes: 1024 * 1024,
    response: z.object({ confirmed: z.number() }),
    run: ({ db, by, body }) => confirmCertificates(db, by, body),
  }),

  acceptVariant: fleetRoute({
    method: "POST",
    path: "/nodes/{node}/accept-variant",
    permission: "node.enrol",
    tag: "Fleet",
    summary: "Take differences of a node from its node type as they are",
    description:
      "Send them as the node tells them. A node that had failed is verified again. Refused when it differs in another way by now.",
    body: acceptVariantInput.omit({ nodeId: true }),
    response: done,
    run: (asked) =>
      onNode<Enrol>(asked, (db, by, nodeId) => acceptVariant(db, by, { ...asked.body, nodeId })),
  }),

  withdrawVariant: fleetRoute({
    method: "POST",
    path: "/nodes/{node}/withdraw-variant",
    permission: "node.enrol",
    tag: "Fleet",
    summary: "Take back that a node may differ from its node type",
    description: "Its next comparison stops at what was accepted. To ask twice is to ask once.",
    response: done,
    run: (asked) => onNode<Enrol>(asked, (db, by, nodeId) => withdrawVariant(db, by, { nodeId })),
  }),

  setNodePort: fleetRoute({
    method: "POST",
    path: "/nodes/{node}/set-port",
    permission: "node.enrol",
    tag: "Fleet",
    summary: "Say which port joins a node to tenants' networks",
    description:
      "As the site's network driver calls it; empty for none. Refused while an environment's network is on it.",
    body: setNodePortInput.omit({ nodeId: true }),
    response: done,
    run: (asked) =>
      onNode<Enrol>(asked, (db, by, nodeId) => setNodePort(db, by, { ...asked.body, nodeId })),
  }),
};
