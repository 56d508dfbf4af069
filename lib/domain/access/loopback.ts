const names = ["localhost", "127.0.0.1", "[::1]"];

/** True for the names that a browser has for the machine it runs on, as they stand in an address. */
export const isLoopbackName = (hostname: string): boolean => names.includes(hostname);
