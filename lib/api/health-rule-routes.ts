import { z } from "zod";
import { listOf } from "#lib/api/page";
import { fleetRoute } from "#lib/api/route";
import { changeHealthRule, resetHealthRule } from "#lib/commands/change-health-rule";
import { healthSeverities } from "#lib/domain/health/severity";
import { ok } from "#lib/domain/result";
import { changeHealthRuleInput, resetHealthRuleInput } from "#lib/schemas/health";
import { healthRulesView } from "#lib/views/health-rules";

const judged = z.object({
  enabled: z.boolean(),
  severity: z.enum(healthSeverities),
  /** 0 for what happens at a moment. */
  opensAfterMs: z.number(),
  /** Null for what only an operator can declare past. */
  closesAfterMs: z.number().nullable(),
  threshold: z.number().nullable(),
});

const rule = z.object({
  code: z.string(),
  title: z.string(),
  advice: z.string(),
  source: z.string(),
  threshold: z
    .object({
      usual: z.number(),
      unit: z.string(),
      least: z.number(),
      most: z.number(),
      words: z.string(),
    })
    .nullable(),
  now: judged,
  builtIn: judged,
  /** What operators have set; null in it is as it is built in. */
  changed: z
    .object({
      enabled: z.boolean().nullable(),
      severity: z.enum(healthSeverities).nullable(),
      opensAfterMs: z.number().nullable(),
      closesAfterMs: z.number().nullable(),
      threshold: z.number().nullable(),
      by: z.string(),
      at: z.string(),
    })
    .nullable(),
});

const done = z.object({ code: z.string() });

export const healthRuleRoutes = {
  listHealthRules: fleetRoute({
    method: "GET",
    path: "/health-rules",
    permission: "fleet.read",
    tag: "Fleet",
    summary: "The rules that health is judged by, and what operators have changed of them",
    response: listOf(rule),
    run: async ({ db, by }) => ok({ items: await healthRulesView(db, by) }),
  }),

  changeHealthRule: fleetRoute({
    method: "POST",
    path: "/health-rules/change",
    permission: "node.operate",
    tag: "Fleet",
    summary: "Change a rule of health",
    description:
      "What is left out is as it is built in. The next scrape is judged by it; what is open keeps its severity.",
    body: changeHealthRuleInput,
    response: done,
    run: ({ db, by, body }) => changeHealthRule(db, by, body),
  }),

  resetHealthRule: fleetRoute({
    method: "POST",
    path: "/health-rules/reset",
    permission: "node.operate",
    tag: "Fleet",
    summary: "Have a rule of health be as it is built in",
    body: resetHealthRuleInput,
    response: done,
    run: ({ db, by, body }) => resetHealthRule(db, by, body),
  }),
};
