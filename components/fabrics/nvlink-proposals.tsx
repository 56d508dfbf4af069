"use client";

import { FormDialog } from "#components/forms/form-dialog";
import { Button } from "#components/ui/button";
import { Callout } from "#components/ui/callout";
import { Field } from "#components/ui/field";
import { Input } from "#components/ui/input";
import { textOf } from "#lib/client/form-values";
import { formatQuantity } from "#lib/client/format";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { AcceptNvlinkDomainInput } from "#lib/schemas/fabric";

export type NvlinkProposal = {
  site: { id: Id<"site">; name: string };
  told: string;
  by: "cluster" | "chassis";
  nodes: { id: string; name: string }[];
  domains: { id: string; name: string }[];
};

const mostNames = 18;

/** Nodes that say that they share an NVLink domain, each group for an operator to make one of. */
export function NvlinkProposals({
  proposals,
  accept,
}: {
  proposals: readonly NvlinkProposal[];
  /** Null for those who may only look. */
  accept: ((input: AcceptNvlinkDomainInput) => Promise<Result<unknown, Refusal>>) | null;
}) {
  return proposals.map(({ site, told, by, nodes, domains }) => {
    const [only] = domains;
    const more = nodes.length - mostNames;
    const names = nodes.slice(0, mostNames).map(({ name }) => name);
    return (
      <Callout
        key={`${site.id} ${by} ${told}`}
        kind="neutral"
        title={`${site.name}: ${formatQuantity(nodes.length, "node")} say they share one NVLink domain (${by === "cluster" ? "ClusterUUID" : "rack"} ${told})`}
      >
        <p>
          {names.join(", ")}
          {more > 0 && ` and ${more} more`}.
          {domains.length > 0 && ` Some are in ${domains.map(({ name }) => name).join(" and ")}.`}
          {domains.length > 1 && " Take those that do not belong there out of it first."}
        </p>
        {accept && domains.length < 2 && (
          <FormDialog
            trigger={
              <Button size="sm">{only ? `Add them to ${only.name}` : "Make it a domain"}</Button>
            }
            title={only ? `Add nodes to ${only.name}` : "Make an NVLink domain"}
            description={`Of the nodes of ${site.name} that tell ${told}.`}
            submitLabel={only ? "Add them" : "Make it a domain"}
            pendingLabel="Saving…"
            send={(form) => accept({ siteId: site.id, told, name: textOf(form, "name") })}
          >
            {(errorOf) => (
              <Field
                label="Name"
                required
                error={errorOf("name") ?? errorOf("told")}
                hint="As in nvl-1. Of a domain that is there already: they are added to it."
              >
                <Input
                  name="name"
                  maxLength={60}
                  autoComplete="off"
                  defaultValue={only?.name ?? ""}
                />
              </Field>
            )}
          </FormDialog>
        )}
      </Callout>
    );
  });
}
