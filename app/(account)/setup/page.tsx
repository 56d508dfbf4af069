import type { Metadata } from "next";
import { SetupForm } from "#components/account/setup-form";
import { LinkButton } from "#components/ui/link-button";
import { database } from "#lib/server/database";
import { setupState } from "#lib/views/setup";
import { createFirstOperatorAction } from "./actions";

export const metadata: Metadata = { title: "Set up" };

export default async function SetupPage({ searchParams }: PageProps<"/setup">) {
  const { token } = await searchParams;
  const state = await setupState(database(), token);
  if (state === "done") {
    return (
      <>
        <h1 className="font-semibold text-xl tracking-tight">Ingot is set up</h1>
        <p className="text-muted text-sm">
          There is an operator already. Sign in, or ask them for an account.
        </p>
        <LinkButton href="/sign-in" variant="primary">
          Sign in
        </LinkButton>
      </>
    );
  }
  if (state === "closed") {
    return (
      <>
        <h1 className="font-semibold text-xl tracking-tight">This link no longer works</h1>
        <p className="text-muted text-sm">
          A setup link works once and for a day. Restart Ingot: as long as there is no operator, it
          prints a new one where it was started.
        </p>
      </>
    );
  }
  return (
    <>
      <div>
        <h1 className="font-semibold text-xl tracking-tight">Create the first operator</h1>
        <p className="mt-1 text-muted text-sm">
          Operators run the fleet: racks, nodes, images, tenants. Everyone else gets an account from
          you, or from the owner of a tenant.
        </p>
      </div>
      <SetupForm token={String(token)} create={createFirstOperatorAction} />
    </>
  );
}
