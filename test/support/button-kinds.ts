/** What the product offered and what was pressed in a window, so that a test can tell which buttons nobody pressed. */
import { parseCommand } from '../../src/app/commands/parse.ts';
import { commands } from '../../src/app/commands/registry.ts';

/** Words of commands that make another button of them. */
const telling = new Set(
  'ack apply boards check disable enable grant here keep list member mine off revoke snooze test 1h 4h 1d'.split(
    ' ',
  ),
);

/** The command with what makes it another one, without what it is about: `incidents snooze 4h`, `logs --entry`. */
export function kindOf(command: string): string {
  const parsed = parseCommand(commands, command);
  if (parsed.result !== 'command') return `not understood: ${command}`;
  const { words, switches } = parsed.invocation;
  const own = words.filter((word) => telling.has(word));
  const set = Object.keys(switches).map((name) => `--${name}`);
  return [parsed.command.name, ...own, ...set.toSorted()].join(' ');
}

export class Usage {
  readonly offered = new Set<string>();
  readonly pressed = new Set<string>();
  /** Names of commands that were written. */
  readonly written = new Set<string>();

  wrote(text: string): void {
    const parsed = parseCommand(commands, text);
    if (parsed.result === 'command') this.written.add(parsed.command.name);
  }

  /** Commands of the registry that nobody wrote. */
  unwritten(): readonly string[] {
    return commands.map(({ name }) => name).filter((name) => !this.written.has(name));
  }

  unpressed(): readonly string[] {
    return [...this.offered].filter((kind) => !this.pressed.has(kind)).toSorted();
  }
}
