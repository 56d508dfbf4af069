"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { InspectionFields } from "#components/inspections/inspection-fields";
import { Button } from "#components/ui/button";
import { inspectionOfForm } from "#lib/client/inspection-form";
import type { InspectionOrder } from "#lib/domain/inspection/order";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";

/** Orders an inspection of one node, and a burn-in if that is chosen. */
export function InspectDialog({
  nodeName,
  disabledReason,
  inspect,
}: {
  nodeName: string;
  disabledReason: string | undefined;
  inspect: (order: InspectionOrder) => Promise<Result<unknown, Refusal>>;
}) {
  return (
    <FormDialog
      trigger={<Button disabledReason={disabledReason}>Inspect</Button>}
      title={`Inspect ${nodeName}`}
      description="Turns the node off and boots it for this. It is not given out meanwhile, and available again when the host is found to be what its controller says and no test fails."
      submitLabel="Inspect"
      pendingLabel="Queueing…"
      send={(form) => inspect(inspectionOfForm(form) ?? { level: "inspect" })}
    >
      {(errorOf) => <InspectionFields order={undefined} mayBeNone={false} errorOf={errorOf} />}
    </FormDialog>
  );
}
