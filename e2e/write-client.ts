import { writeFileSync } from "node:fs";
import { clientText } from "#lib/api/client-text";
import { openApi } from "#lib/api/openapi";

// npm run client: writes the client that the tests use, after a change of the API.

writeFileSync("e2e/ingot-client.ts", clientText(openApi("https://ingot.example")));
