"use client";

import { Logo } from "#components/shell/logo";
import { Notice } from "#components/shell/notice";
import { Button } from "#components/ui/button";
import { LinkButton } from "#components/ui/link-button";
import { isOfAway } from "#lib/domain/error-id";

export type ErrorNoticeProps = {
  error: Error & { digest?: string };
  /** Asks the server again: `reset` would only draw the same answer once more. */
  retry: () => void;
};

/** A fault in a part of the portal, inside its shell: the default export of a section's error.tsx. */
export function ErrorNotice({ error, retry }: ErrorNoticeProps) {
  const isAway = isOfAway(error.digest);
  return (
    <Notice
      title={isAway ? "The database does not answer" : "This page failed to load"}
      actions={
        <>
          <Button variant="primary" onClick={retry}>
            Try again
          </Button>
          <LinkButton href="/">Home</LinkButton>
        </>
      }
      reference={error.digest ? { label: "Error id", value: error.digest } : null}
    >
      {isAway
        ? "Nothing is lost, and nothing is changed in half: a change is either made whole or not at all. Try again in a moment. If it goes on, tell your platform team the error id."
        : "The fault is on our side and has been logged. Nothing is changed in half: a change is either made whole or not at all. If it happens again, tell your platform team the error id."}
    </Notice>
  );
}

/** The same as a whole page, where there is no shell. */
export function ErrorNoticePage(props: ErrorNoticeProps) {
  return (
    <main className="mx-auto flex min-h-dvh max-w-lg flex-col items-start justify-center gap-5 px-5 py-10">
      <Logo />
      <ErrorNotice {...props} />
    </main>
  );
}
