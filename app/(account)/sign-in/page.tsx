import type { Metadata, Route } from "next";
import { redirect } from "next/navigation";
import { SignInForm } from "#components/account/sign-in-form";
import { ownPath } from "#lib/domain/access/next-path";
import { currentSession } from "#lib/server/session";

export const metadata: Metadata = { title: "Sign in" };

export default async function SignInPage({ searchParams }: PageProps<"/sign-in">) {
  const next = ownPath((await searchParams).next);
  if (await currentSession()) redirect(next as Route);
  return (
    <>
      <h1 className="font-semibold text-xl tracking-tight">Sign in</h1>
      <SignInForm next={next} />
    </>
  );
}
