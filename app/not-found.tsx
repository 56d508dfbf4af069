import type { Metadata } from "next";
import { headers } from "next/headers";
import { NoticePage } from "#components/shell/notice-page";
import { LinkButton } from "#components/ui/link-button";

export const metadata: Metadata = { title: "Not found" };

/** What does not exist and what is not yours to see look the same, on purpose. */
export default async function NotFound() {
  const requestId = (await headers()).get("x-request-id");
  return (
    <NoticePage
      title="There is no such page, or it is not yours to see"
      actions={
        <LinkButton href="/" variant="primary">
          Home
        </LinkButton>
      }
      reference={requestId ? { label: "Request id", value: requestId } : null}
    >
      Check the address. If someone sent you this link, ask them to add you to their tenant or
      project first.
    </NoticePage>
  );
}
