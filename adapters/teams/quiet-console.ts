/**
 * botframework writes to the console for every token that it refuses, past the log and as often as a stranger likes:
 * these lines are left out. That tokens were refused is told by the door.
 */
let quiet = false;

export function quietConsole(): void {
  if (quiet) return;
  quiet = true;
  const { error: write } = console;
  console.error = (...said: unknown[]) => {
    const [first] = said;
    const refused = typeof first === 'string' && first.startsWith('Error finding key for token.');
    const expired = first instanceof Error && first.name === 'TokenExpiredError';
    if (!refused && !expired) write(...said);
  };
}
