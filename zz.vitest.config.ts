import { defineConfig } from "vitest/config";
export default defineConfig({ test: { include: ["db/queries/gpu-*.integration.test.ts","lib/views/gpu-*.integration.test.ts"], globalSetup: ["./zz.setup.ts"], testTimeout: 60000, hookTimeout: 60000 } });
