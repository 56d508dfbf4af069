/**
 * Why a node boots with us watching. `deploy`: a system that runs in memory; `install`: a job that
 * writes a disk image, then the first boot of what it wrote; `start`: a later boot from that disk;
 * `sanitize`: a job that wipes; `inspect`: a job that tells what the host is made of, and tests it.
 */
export const bootPurposes = ["deploy", "install", "start", "sanitize", "inspect"] as const;
export type BootPurpose = (typeof bootPurposes)[number];
