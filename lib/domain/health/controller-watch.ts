import {
  type ControllerCode,
  type ControllerLook,
  controllerCodes,
  findControllerConditions,
  occurrencesOf,
} from "#lib/domain/health/controller-conditions";
import type { HealthCode } from "#lib/domain/health/rules";
import { asBuiltIn, type HealthSettings } from "#lib/domain/health/settings";
import { advance, type HealthChange, type RuleWatch, wholeNode } from "#lib/domain/health/watch";

/** What is remembered of a node's controller between two looks, kept with the look. */
export type ControllerWatch = Readonly<Partial<Record<ControllerCode, RuleWatch>>>;

/** A reason that is open of a node's controller, and whether it is of whom the next one would be of. */
export type OpenReason = {
  code: ControllerCode;
  firstSeenMs: number;
  lastSeenMs: number;
  isOfHolder: boolean;
};

/**
 * What is remembered, made to agree with what is open: an operator may have cleared a reason since, and
 * the node may have gone to another holder, for whom it opens anew as soon as it is seen.
 */
export function rememberedOf(
  watch: ControllerWatch,
  open: readonly OpenReason[],
): Map<HealthCode, RuleWatch> {
  const rules = new Map<HealthCode, RuleWatch>();
  for (const code of controllerCodes) {
    const kept = watch[code];
    const reasons = open.filter((reason) => reason.code === code);
    const own = reasons.find(({ isOfHolder }) => isOfHolder);
    const [other] = reasons;
    if (own) {
      const { firstSeenMs: sinceMs, lastSeenMs: toldMs } = own;
      rules.set(code, {
        ...{ sinceMs, toldMs, open: true },
        quietSinceMs: kept?.quietSinceMs ?? null,
      });
    } else if (other) {
      const { firstSeenMs: sinceMs, lastSeenMs: toldMs } = other;
      rules.set(code, { sinceMs, toldMs, open: false, quietSinceMs: null });
    } else if (kept && !kept.open) {
      rules.set(code, kept);
    }
  }
  return rules;
}

/** Takes one look: what is remembered from now on, and what has changed. */
export function observeController(
  rules: ReadonlyMap<HealthCode, RuleWatch>,
  look: ControllerLook,
  atMs: number,
  settings: HealthSettings = asBuiltIn,
): {
  watch: ControllerWatch;
  changes: (HealthChange & { code: ControllerCode })[];
  /** What the look said something of, be it so or not. */
  judged: ControllerCode[];
} {
  const found = findControllerConditions(look, atMs);
  const next = advance({ rules }, found, {
    ...{ gpu: wholeNode, uuid: null, atMs, settings },
    times: (code) => occurrencesOf(code as ControllerCode, look),
  });
  return {
    watch: Object.fromEntries(next.rules),
    changes: next.changes.map((change) => ({ ...change, code: change.code as ControllerCode })),
    judged: [...found.keys()],
  };
}
