"use client";

import { NoticePage } from "#components/shell/notice-page";
import { Button } from "#components/ui/button";
import { LinkButton } from "#components/ui/link-button";

/** A fault on a page. Nothing was done in half: every change is one transaction. */
export function ErrorNotice({
  error,
  reset,
}: {
  error: Error & { digest?: string };
  reset: () => void;
}) {
  return (
    <NoticePage
      title="This page failed to load"
      actions={
        <>
          <Button variant="primary" onClick={reset}>
            Try again
          </Button>
          <LinkButton href="/">Home</LinkButton>
        </>
      }
      reference={error.digest ? { label: "Error id", value: error.digest } : null}
    >
      The fault is on our side and has been logged. Nothing is changed in half: a change is either
      made whole or not at all. If it happens again, tell your platform team the error id.
    </NoticePage>
  );
}
