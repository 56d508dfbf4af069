"use client";

import { ShareDialog, type ShareTarget } from "#components/sharing/share-dialog";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { ShareTemplateInput } from "#lib/schemas/template";

type Props = {
  template: {
    id: Id<"template">;
    name: string;
    sharedWith: readonly Id<"project">[];
    sharedWithTenants: readonly Id<"tenant">[];
  };
  shareTargets: readonly ShareTarget[];
  share: (input: ShareTemplateInput) => Promise<Result<unknown, Refusal>>;
};

/** Chooses the tenants and projects that may launch a template. */
export function ShareTemplateButton({ template, shareTargets, share }: Props) {
  return (
    <ShareDialog
      what={template.name}
      effect="Whoever is ticked finds it in the catalogue once a version is published, and also needs the profiles of its groups."
      targets={shareTargets}
      sharedWith={template}
      size="md"
      share={(holders) => share({ templateId: template.id, ...holders })}
    />
  );
}
