import { type NextRequest, NextResponse } from "next/server";
import { isOpenedFromElsewhere, pageThatOpens } from "#lib/access/link-from-elsewhere";
import { isDevelopment, readSettings } from "#lib/config/env";
import { ownCookie } from "#lib/config/own-cookie";

// What every request gets, whoever asks: an id that the log, the audit and the error page share, and
// the headers that tell the browser what these pages may do. Nothing is allowed or refused here:
// that is asked where the data is read (`require-grant`, `action`, `api-grant`).

export function proxy(request: NextRequest): NextResponse {
  const requestId = crypto.randomUUID();
  const nonce = btoa(crypto.randomUUID());
  const policy = contentSecurityPolicy(nonce);

  const asked = new Headers(request.headers);
  asked.set("x-request-id", requestId);
  asked.set("x-ingot-path", request.nextUrl.pathname + request.nextUrl.search);
  // Next takes the nonce of its own scripts from here.
  asked.set("content-security-policy", policy);

  const response = opensAgain(request) ?? NextResponse.next({ request: { headers: asked } });
  response.headers.set("x-request-id", requestId);
  response.headers.set("content-security-policy", policy);
  for (const [name, value] of Object.entries(fixedHeaders)) response.headers.set(name, value);
  if (readSettings().origin.startsWith("https:")) {
    response.headers.set("strict-transport-security", "max-age=63072000; includeSubDomains");
  }
  return response;
}

/** For a browser that keeps its session to itself, since another site has sent it here. */
function opensAgain(request: NextRequest): NextResponse | undefined {
  const { method, headers, cookies, nextUrl } = request;
  const { pathname, search } = nextUrl;
  if (cookies.has(ownCookie("session").name)) return undefined;
  if (!isOpenedFromElsewhere({ method, pathname, headers })) return undefined;
  return new NextResponse(pageThatOpens(readSettings().origin + pathname + search), {
    headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
  });
}

export const config = { matcher: ["/((?!_next/static/).*)"] };

const fixedHeaders = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy":
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()",
  "x-frame-options": "DENY",
};

function contentSecurityPolicy(nonce: string): string {
  // React's development build evaluates strings to show server stacks; the built one never does.
  const evaluate = isDevelopment() ? " 'unsafe-eval'" : "";
  // Its overlay, which shows errors, brings style elements without a nonce.
  const styleElements = isDevelopment() ? "'unsafe-inline'" : `'nonce-${nonce}'`;
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'${evaluate}`,
    // What keeps a page still behind a dialog adds a style element (instrumentation-client.ts).
    `style-src 'self' ${styleElements}`,
    // Bars, charts and whatever floats are placed by style attributes, in the document that is sent as
    // well. An attribute styles its own element and no other, and reads nothing of the page.
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join("; ");
}
