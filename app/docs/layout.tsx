import type { ReactNode } from "react";
import { requireActor } from "#lib/server/require-grant";
import AccountLayout from "../account/layout";

/** What there is to read stands beside one's account. */
export default async function DocsLayout({ children }: { children: ReactNode }) {
  await requireActor();
  return <AccountLayout>{children}</AccountLayout>;
}
