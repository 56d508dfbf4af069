import { CommandBlock } from "#components/ui/code-block";

/** A password that is shown once, to be handed over. */
export function OneTimePassword({ email, password }: { email: string; password: string }) {
  return (
    <div className="flex flex-col gap-3 text-sm">
      <p>
        Hand this one-time password to {email}. It is not kept anywhere and not shown again; they
        replace it when they first sign in.
      </p>
      <CommandBlock command={password} label="One-time password" />
    </div>
  );
}
