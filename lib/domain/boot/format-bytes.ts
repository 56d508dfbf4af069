const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];

/** A size in the largest binary unit that makes a number of at least one: `1.7 TiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
