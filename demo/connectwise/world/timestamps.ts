export const DAY_MS = 86_400_000;

/** `YYYY-MM-DDTHH:mm:ssZ`: ConnectWise keeps whole seconds. */
export function toSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** A calendar day as ConnectWise shows it: its midnight in UTC. Takes `YYYY-MM-DD`, with or without a time. */
export function toMidnight(day: string): string {
  return `${day.slice(0, 10)}T00:00:00Z`;
}

/** The midnight of the day that lies `days` after `now`. */
export function dayFrom(now: Date, days: number): string {
  return toMidnight(new Date(now.getTime() + days * DAY_MS).toISOString());
}
