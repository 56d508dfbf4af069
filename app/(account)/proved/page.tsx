import type { Metadata } from "next";
import { ProofArrived } from "#components/account/proof-arrived";
import { providerRefusalWords } from "#lib/domain/access/provider-refusal";
import { database } from "#lib/server/database";
import { requireActor } from "#lib/server/require-grant";
import { signInView } from "#lib/views/sign-in";

export const metadata: Metadata = { title: "Confirm that it is you" };

/** Where a provider leads back to, in a window of its own, after a fresh proof. */
export default async function ProvedPage({ searchParams }: PageProps<"/proved">) {
  await requireActor();
  const { refused, provider } = await searchParams;
  const { providers } = await signInView(database());
  const label = providers.find(({ id }) => id === provider)?.label;
  return <ProofArrived refused={providerRefusalWords(refused, label) ?? null} />;
}
