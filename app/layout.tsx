import { GeistMono } from "geist/font/mono";
import { GeistSans } from "geist/font/sans";
import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { ProofDialog } from "#components/shell/proof-dialog";
import { Providers } from "#components/shell/providers";
import { themeCookie } from "#lib/client/theme";
import { beginPasskeyProofAction, proveAgainAction, proveByPasskeyAction } from "./actions";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "Ingot", template: "%s · Ingot" },
  description: "Self-service portal for bare-metal GPU nodes",
};

export const viewport: Viewport = {
  colorScheme: "light dark",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f6f7f9" },
    { media: "(prefers-color-scheme: dark)", color: "#0d0f12" },
  ],
};

/** The document. The theme is drawn here from its cookie, so that no page flashes and none needs a script for it. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = (await cookies()).get(themeCookie)?.value;
  return (
    <html
      lang="en"
      data-theme={theme === "light" || theme === "dark" ? theme : undefined}
      className={`${GeistSans.variable} ${GeistMono.variable}`}
    >
      <body>
        <Providers>
          {children}
          <ProofDialog
            prove={proveAgainAction}
            passkey={{
              begin: beginPasskeyProofAction.bind(null, {}),
              finish: proveByPasskeyAction,
            }}
          />
        </Providers>
      </body>
    </html>
  );
}
