"use client";

import type { Route } from "next";
import { useRouter } from "next/navigation";
import { FormDialog } from "#components/forms/form-dialog";
import { PoolFields } from "#components/pools/pool-fields";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { Textarea } from "#components/ui/textarea";
import { whyRefused } from "#lib/client/ask";
import { numberOf, textOf } from "#lib/client/form-values";
import type { Id } from "#lib/domain/id";
import { type PoolKind, poolKindWords } from "#lib/domain/pool/pool";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type {
  ChangePoolInput,
  LiftReservationInput,
  ReservePoolItemsInput,
  RetirePoolInput,
} from "#lib/schemas/pool";

type Act<Input> = (input: Input) => Promise<Result<unknown, Refusal>>;
export type PoolActs = {
  change: Act<ChangePoolInput>;
  reserve: Act<ReservePoolItemsInput>;
  retire: Act<RetirePoolInput>;
};

type Pool = {
  id: Id<"pool">;
  name: string;
  kind: PoolKind;
  ranges: string;
  warnPercent: number;
  cooldownMinutes: number;
};

/** What can be done with a pool. */
export function PoolActions({ pool, acts }: { pool: Pool; acts: PoolActs }) {
  const router = useRouter();
  return (
    <>
      <FormDialog
        trigger={<Button>Enlarge or shrink</Button>}
        title={`Change ${pool.name}`}
        description="What is free can be taken out. What somebody has cannot: the refusal names them."
        submitLabel="Save"
        pendingLabel="Saving…"
        send={(form) =>
          acts.change({
            poolId: pool.id,
            ranges: textOf(form, "ranges"),
            warnPercent: numberOf(form, "warnPercent"),
            cooldownMinutes: numberOf(form, "cooldownMinutes"),
          })
        }
      >
        {(errorOf) => <PoolFields kind={pool.kind} errorOf={errorOf} start={pool} />}
      </FormDialog>
      <FormDialog
        trigger={<Button>Reserve</Button>}
        title={`Keep some of ${pool.name} out`}
        description="No environment is given what is reserved: the gateway, what other systems use."
        submitLabel="Reserve"
        pendingLabel="Reserving…"
        send={(form) =>
          acts.reserve({
            poolId: pool.id,
            items: textOf(form, "items"),
            reason: textOf(form, "reason"),
          })
        }
      >
        {(errorOf) => (
          <>
            <Field
              label="What"
              required
              error={errorOf("items")}
              hint={`Written as the pool's own ${poolKindWords[pool.kind].several}, at most 256 at once.`}
            >
              <Textarea mono name="items" rows={2} maxLength={4_000} spellCheck={false} />
            </Field>
            <Field label="Why" required error={errorOf("reason")}>
              <Input name="reason" maxLength={200} autoComplete="off" />
            </Field>
          </>
        )}
      </FormDialog>
      <ConfirmDialog
        trigger={<Button variant="danger-quiet">Retire</Button>}
        title={`Retire ${pool.name}?`}
        consequences={[
          { verb: "Stops", text: "environments from drawing from it; that cannot be undone." },
          { verb: "Frees", text: "its ranges and its name for another pool." },
          { verb: "Keeps", text: "in the audit log who had what." },
        ]}
        confirmName={pool.name}
        confirmLabel="Retire pool"
        pendingLabel="Retiring…"
        onConfirm={async () => {
          const refusal = await whyRefused(() => acts.retire({ poolId: pool.id }));
          if (refusal === undefined) router.push("/fleet/pools" as Route);
          return refusal;
        }}
      />
    </>
  );
}

/** Makes a reserved item free again. */
export function LiftReservationButton({
  item,
  lift,
}: {
  item: { id: Id<"poolItem">; text: string; reason: string | null };
  lift: Act<LiftReservationInput>;
}) {
  return (
    <ConfirmDialog
      trigger={
        <Button size="sm" aria-label={`Lift the reservation of ${item.text}`}>
          Lift
        </Button>
      }
      title={`Lift the reservation of ${item.text}?`}
      description={item.reason ?? undefined}
      consequences={[{ verb: "Frees", text: "it for the next environment that needs one." }]}
      confirmLabel="Lift reservation"
      pendingLabel="Lifting…"
      danger={false}
      onConfirm={() => whyRefused(() => lift({ itemId: item.id }))}
    />
  );
}
