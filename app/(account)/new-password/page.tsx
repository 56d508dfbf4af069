import type { Metadata, Route } from "next";
import { redirect } from "next/navigation";
import { PasswordForm } from "#components/account/password-form";
import { currentSession } from "#lib/server/session";
import { changePasswordAction } from "../../account/actions";

export const metadata: Metadata = { title: "Set your password" };

export default async function NewPasswordPage() {
  const session = await currentSession();
  if (!session) redirect("/sign-in");
  if (!session.mustChangePassword) redirect("/account" as Route);
  return (
    <>
      <div>
        <h1 className="font-semibold text-xl tracking-tight">Set your password</h1>
        <p className="mt-1 text-muted text-sm">
          {session.actor.email} was given a one-time password. Replace it by one that only you know.
        </p>
      </div>
      <PasswordForm isOneTime change={changePasswordAction} />
    </>
  );
}
