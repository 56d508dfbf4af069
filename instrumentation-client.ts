import { config } from "zod/v4/core";

// Runs before anything else of ours in the browser. zod tries whether it may compile its parsers
// with `new Function`; our content security policy forbids that, and the browser would report every
// try as a violation.
config({ jitless: true });

// The nonce of this document, by the name where what adds style elements looks for it (get-nonce, below
// every dialog and menu of Radix). The policy refuses one without.
const { nonce } = document.querySelector<HTMLScriptElement>("script[nonce]") ?? {};
if (nonce) Object.assign(globalThis, { __webpack_nonce__: nonce });
