import type { Metadata } from "next";
import { ProofArrived } from "#components/account/proof-arrived";
import { providerRefusalWords } from "#lib/domain/access/provider-refusal";
import { database } from "#lib/server/database";
import { signInView } from "#lib/views/sign-in";

export const metadata: Metadata = { title: "Confirm that it is you" };

/**
 * Where a provider leads back to, in a window of its own, after a fresh proof. Open to anyone: it shows
 * nothing that is somebody's, and whoever must set up a factor first must get their answer, too.
 */
export default async function ProvedPage({ searchParams }: PageProps<"/proved">) {
  const { refused, provider } = await searchParams;
  const { providers } = await signInView(database());
  const label = providers.find(({ id }) => id === provider)?.label;
  return <ProofArrived refused={providerRefusalWords(refused, label) ?? null} />;
}
