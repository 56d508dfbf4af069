import { expect, test } from "vitest";
import { newId } from "#lib/domain/id";
import type { NotificationFact } from "#lib/domain/notification/notification";
import { notificationHref, notificationWords } from "#lib/domain/notification/words";

const environmentId = newId("environment");
const nodeId = newId("node");
const place = { tenant: "acme", project: "vision", environmentId, environment: "train" };
const home = `/acme/projects/vision/environments/${environmentId}`;
const health = { ...place, nodeId, node: "gpu-7", gpu: 3, code: "ecc_dbe" };

test.for<[NotificationFact, "operators" | "project" | "person", string, string | null]>([
  [
    { kind: "environment.failed", data: { ...place, reason: "No disk" } },
    "project",
    "train failed | No disk",
    home,
  ],
  [
    { kind: "lease.ending", data: { ...place, endsAt: "2026-11-28T12:34:56.000Z" } },
    "project",
    "The lease of train ends soon | At 2026-11-28 12:34 UTC its nodes are given back and wiped. Extend the lease or save what you need.",
    home,
  ],
  [
    { kind: "approval.asked", data: { ...place, hook: "budget", at: "tenant" } },
    "person",
    "train waits for an approval | budget, in acme/vision.",
    "/acme/approvals",
  ],
  [
    { kind: "health.critical", data: health },
    "operators",
    "GPU 3 of gpu-7: Uncorrected ECC errors | Held by acme/vision. Reset the GPU when the node is free. Replace it when it happens again.",
    `/fleet/nodes/${nodeId}`,
  ],
  [
    {
      kind: "health.critical",
      data: {
        ...{ tenant: null, project: null, environmentId: null, environment: null },
        ...{ nodeId, node: "gpu-7", gpu: -1, code: "ecc_dbe" },
      },
    },
    "operators",
    "gpu-7: Uncorrected ECC errors | Reset the GPU when the node is free. Replace it when it happens again.",
    `/fleet/nodes/${nodeId}`,
  ],
  [
    { kind: "health.critical", data: { ...health, gpu: -1 } },
    "project",
    "gpu-7 of train is not well | Memory of this GPU had an error that could not be corrected. A program on it may have been ended; restart it from its last checkpoint.",
    home,
  ],
  [
    { kind: "health.warning", data: { ...health, code: "hot", gpu: -1, gpus: [0, 3] } },
    "operators",
    "2 GPUs of gpu-7: Nearly too hot | Held by acme/vision. Look at fans, airflow and the room's temperature.",
    `/fleet/nodes/${nodeId}`,
  ],
  [
    { kind: "health.recovered", data: { ...health, gpu: -1, gpus: [0, 3] } },
    "project",
    "2 GPUs of gpu-7 of train have recovered | Uncorrected ECC errors is past.",
    home,
  ],
  [
    {
      kind: "token.in_two_places",
      data: {
        token: "nightly",
        account: { tenant: "acme", project: "vision", name: "robot" },
        addresses: ["192.0.2.7", "198.51.100.1"],
      },
    },
    "project",
    "Token nightly of robot is used from two addresses | From 192.0.2.7, and within ten minutes from 198.51.100.1. A program behind a pool of addresses does so, too; if that is not it, revoke the token and make another.",
    "/acme/projects/vision/automation",
  ],
  [
    {
      kind: "token.in_two_places",
      data: { token: "laptop", account: null, addresses: ["192.0.2.7", "198.51.100.1"] },
    },
    "person",
    "Token laptop is used from two addresses | From 192.0.2.7, and within ten minutes from 198.51.100.1. A program behind a pool of addresses does so, too; if that is not it, revoke the token and make another.",
    "/account#tokens",
  ],
  [
    { kind: "release.left_over", data: { ...place, hook: "volume", reason: "It was late." } },
    "operators",
    "The release of train has left something behind | Hook volume, in acme/vision: It was late. Run it again alone when its provider is in order.",
    "/fleet/hooks?state=failed",
  ],
  [
    {
      kind: "membership.changed",
      data: { of: "tenant", slug: "acme", name: "Acme", role: null, until: null, by: "Olga" },
    },
    "person",
    "You have no role in Acme any more | Changed by Olga.",
    null,
  ],
  [
    {
      kind: "membership.changed",
      data: { of: "fleet", slug: null, name: "", role: "fleet_admin", until: null, by: "Olga" },
    },
    "person",
    "You are fleet admin of the fleet | Changed by Olga.",
    "/fleet",
  ],
])("$0.kind reads to $1", ([fact, audience, words, href]) => {
  const { title, text } = notificationWords(fact, audience);
  expect(`${title} | ${text}`).toBe(words);
  expect(notificationHref(fact, audience)).toBe(href);
});
