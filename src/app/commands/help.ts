import { distance } from 'fastest-levenshtein';
import { helpOverviewReply, helpTopicReply } from '../replies/help.ts';
import type { Command, CommandName } from './command.ts';

/** `help` knows the table of commands that it is part of. */
export function helpCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'help',
    role: 'viewer',
    usage: 'help [command]',
    summary: 'What you can do here; with a command, how it is written.',
    examples: ['help', 'help sync'],
    options: {},
    async run(invocation, asker, deps) {
      const topic = invocation.words[0]?.toLowerCase();
      const name = topic === undefined ? undefined : nearestCommand(commands(), topic);
      const command = commands().find((candidate) => candidate.name === name);
      if (command) return { reply: helpTopicReply(command) };
      const admins = await deps.roles.holders('admin');
      const view = { commands: commands(), role: asker.role, admins, missing: deps.settings.missing };
      return { reply: helpOverviewReply({ ...view, ...(topic === undefined ? {} : { unknown: topic }) }) };
    },
  };
}

/** The command that a mistyped word comes nearest to. */
export function nearestCommand(commands: readonly Command[], typed: string): CommandName | undefined {
  const word = typed.toLowerCase().slice(0, 30);
  const [best] = commands
    .map(({ name }) => ({ name, far: name.startsWith(word) ? 0 : distance(name, word) }))
    .sort((a, b) => a.far - b.far);
  return best && best.far <= 3 ? best.name : undefined;
}
