import type { ReactNode } from "react";
import { Logo } from "#components/shell/logo";

/** The frame of the pages before one is signed in: one card, nothing beside it. */
export default function AccountLayout({ children }: { children: ReactNode }) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-[26rem] flex-col gap-5 px-4 pt-[12vh] pb-10">
      <Logo className="px-1" />
      <div className="flex flex-col gap-5 rounded-lg border border-line bg-surface p-5 sm:p-6">
        {children}
      </div>
      <p className="px-1 text-faint text-xs">Bare-metal GPU nodes, from rack to SSH.</p>
    </main>
  );
}
