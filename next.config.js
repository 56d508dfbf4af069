/** @type {import("next").NextConfig} */
const nextConfig = {
  // A lock file in a folder above would make Next take that folder for the project.
  turbopack: { root: import.meta.dirname },
  outputFileTracingRoot: import.meta.dirname,
  reactCompiler: true,
  // `npm test` checks the types of the whole tree; whoever starts Ingot does not wait for that again.
  typescript: { ignoreBuildErrors: true },
  typedRoutes: true,
  poweredByHeader: false,
  productionBrowserSourceMaps: false,
  images: { unoptimized: true },
  // What the build has made does not pass through proxy.ts.
  headers: async () => [
    {
      source: "/_next/static/:path*",
      headers: [
        { key: "x-content-type-options", value: "nosniff" },
        { key: "cross-origin-resource-policy", value: "same-origin" },
      ],
    },
  ],
  serverExternalPackages: ["pg", "pino"],
  // `forbidden()` answers 403 with app/forbidden.tsx.
  experimental: { authInterrupts: true },
};

export default nextConfig;
