"use client";

import { GeistMono } from "geist/font/mono";
import { GeistSans } from "geist/font/sans";
import { ErrorNoticePage, type ErrorNoticeProps } from "#components/shell/error-notice";
import { Providers } from "#components/shell/providers";
import "./globals.css";

/** A fault in the root layout itself, so this brings its own document. */
export default function GlobalError(props: ErrorNoticeProps) {
  return (
    <html lang="en" className={`${GeistSans.variable} ${GeistMono.variable}`}>
      <body>
        <Providers>
          <ErrorNoticePage {...props} />
        </Providers>
      </body>
    </html>
  );
}
