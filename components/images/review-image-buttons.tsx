"use client";

import { useTransition } from "react";
import { Button } from "#components/ui/button";
import { ConfirmDialog } from "#components/ui/confirm-dialog";
import { notify } from "#components/ui/toaster";
import { whyRefused } from "#lib/client/ask";
import type { Id } from "#lib/domain/id";
import type { ImageState } from "#lib/domain/image/image";
import type { Refusal } from "#lib/domain/refusal";
import type { Result } from "#lib/domain/result";
import type { ReviewImageInput } from "#lib/schemas/image";

type Props = {
  image: { id: Id<"image">; name: string; state: ImageState };
  review: (input: ReviewImageInput) => Promise<Result<unknown, Refusal>>;
};

/** Checks an image's files again, or takes it out of use. */
export function ReviewImageButtons({ image, review }: Props) {
  const [pending, startTransition] = useTransition();
  return (
    <>
      <Button
        size="sm"
        aria-label={`Check ${image.name} again`}
        pending={pending}
        disabledReason={image.state === "unverified" ? "The worker is checking it now." : null}
        onClick={() =>
          startTransition(async () => {
            const refused = await whyRefused(() => review({ imageId: image.id, to: "unverified" }));
            if (refused) notify(refused, { kind: "critical" });
          })
        }
      >
        Check again
      </Button>
      {image.state !== "retired" && (
        <ConfirmDialog
          trigger={
            <Button size="sm" variant="danger-quiet" aria-label={`Retire ${image.name}`}>
              Retire
            </Button>
          }
          title={`Retire ${image.name}?`}
          consequences={[
            { verb: "Stops", text: "new environments and reinstalls from choosing it." },
            { verb: "Keeps", text: "what runs it now, and the files." },
          ]}
          confirmLabel="Retire image"
          pendingLabel="Retiring…"
          onConfirm={() => whyRefused(() => review({ imageId: image.id, to: "retired" }))}
        />
      )}
    </>
  );
}
