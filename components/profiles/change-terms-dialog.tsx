"use client";

import { FormDialog } from "#components/forms/form-dialog";
import {
  type ImageChoice,
  type Terms,
  TermsFields,
  termsOf,
} from "#components/profiles/terms-fields";
import { Button } from "#components/ui/button";
import type { Id } from "#lib/domain/id";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { DraftProfileInput } from "#lib/schemas/profile";

type Props = {
  profile: { id: Id<"profile">; name: string; terms: Terms; currency: string };
  images: readonly ImageChoice[];
  /** There is one already, which this goes on with. */
  hasDraft: boolean;
  draft: (input: DraftProfileInput) => Promise<Result<unknown, Refusal>>;
};

/** Writes other terms for a profile, to be published afterwards. */
export function ChangeTermsDialog({ profile, images, hasDraft, draft }: Props) {
  return (
    <FormDialog
      trigger={
        <Button variant={hasDraft ? "secondary" : "primary"}>
          {hasDraft ? "Change draft" : "Change"}
        </Button>
      }
      title={`Change ${profile.name}`}
      description="Written as a draft that nobody sees. Published, it is offered from then on; what runs keeps its price and its end."
      submitLabel="Save draft"
      pendingLabel="Saving…"
      send={(form) => draft({ ...termsOf(form), profileId: profile.id })}
    >
      {(errorOf) => (
        <TermsFields
          images={images}
          currency={profile.currency}
          errorOf={errorOf}
          terms={profile.terms}
        />
      )}
    </FormDialog>
  );
}
