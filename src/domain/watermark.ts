/**
 * ConnectWise stamps changes in whole seconds, and a record may be stored a moment after the second it is
 * stamped with: every reading begins a little before the last one did. What it shows twice is no change.
 */
export const overlapMs = 2 * 60_000;

/** From when on to read, given until when it was read; undefined means everything. */
export function since(watermark: Date | undefined): Date | undefined {
  return watermark === undefined ? undefined : new Date(watermark.getTime() - overlapMs);
}
