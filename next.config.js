/** @type {import("next").NextConfig} */
const nextConfig = {
  reactCompiler: true,
  typedRoutes: true,
  poweredByHeader: false,
  productionBrowserSourceMaps: false,
  images: { unoptimized: true },
  serverExternalPackages: ["pg", "pino"],
};

export default nextConfig;
