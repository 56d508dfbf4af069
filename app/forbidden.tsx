import type { Metadata } from "next";
import { headers } from "next/headers";
import { NoticePage } from "#components/shell/notice-page";
import { LinkButton } from "#components/ui/link-button";

export const metadata: Metadata = { title: "Not in your role" };

/** Shown to a member whose role lacks what the page needs; strangers get "no such page" instead. */
export default async function Forbidden() {
  const requestId = (await headers()).get("x-request-id");
  return (
    <NoticePage
      title="Your role does not include this page"
      actions={
        <>
          <LinkButton href="/account/access" variant="primary">
            What may I do here?
          </LinkButton>
          <LinkButton href="/">Home</LinkButton>
        </>
      }
      reference={requestId ? { label: "Request id", value: requestId } : null}
    >
      You are a member here, but with another role. Ask an owner or admin to show you what you need,
      or to change your role. The attempt is in the audit log.
    </NoticePage>
  );
}
