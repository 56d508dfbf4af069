import { config } from "zod/v4/core";

// Runs before anything else of ours in the browser. zod tries whether it may compile its parsers
// with `new Function`; our content security policy forbids that, and the browser would report every
// try as a violation.
config({ jitless: true });
