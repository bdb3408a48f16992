import { distance } from 'fastest-levenshtein';
import { helpCommandReply, helpOverviewReply, helpTopicReply } from '../replies/help.ts';
import { topicNames, topicOf } from '../replies/help-topics.ts';
import type { Command, CommandDeps, CommandName } from './command.ts';

/** `help` knows the table of commands that it is part of. */
export function helpCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'help',
    role: 'viewer',
    usage: 'help [command | topic]',
    summary:
      'What you can do here; with a command how it is written, with a topic what the words mean: states, delta, comprehensive, logs, disconnect.',
    examples: ['help', 'help sync', 'help states'],
    options: {},
    async run(invocation, asker, deps) {
      const asked = invocation.words[0]?.toLowerCase();
      if (asked !== undefined) {
        const reply = await helpOn(commands(), asked, deps);
        if (reply) return { reply };
      }
      const admins = await deps.roles.holders('admin');
      const near = asked === undefined ? undefined : nearest(helpWords(commands()), asked);
      return {
        reply: helpOverviewReply({
          commands: commands(),
          role: asker.role,
          admins,
          missing: deps.installation.missing,
          ...(asked === undefined ? {} : { unknown: asked }),
          ...(near === undefined ? {} : { near }),
        }),
      };
    },
  };
}

/** Undefined where there is nothing of this very name, and nothing that begins so. */
async function helpOn(commands: readonly Command[], asked: string, deps: CommandDeps) {
  const words = helpWords(commands);
  const [begins, ...others] = words.filter((word) => word.startsWith(asked));
  const word = words.find((one) => one === asked) ?? (others.length === 0 ? begins : undefined);
  const command = commands.find(({ name }) => name === word);
  const topicName = topicNames.find((name) => name === word);
  const topic = topicName ? topicOf(topicName, await deps.settings.read()) : undefined;
  if (command) return helpCommandReply(command, topic);
  return topic ? helpTopicReply(topic) : undefined;
}

/** Commands first: a topic of the same name is told with it. */
function helpWords(commands: readonly Command[]): readonly string[] {
  return [...new Set([...shown(commands).map(({ name }) => name), ...topicNames])];
}

const shown = (commands: readonly Command[]): readonly Command[] => commands.filter(({ hidden }) => !hidden);

/** The command that a mistyped word comes nearest to. */
export function nearestCommand(commands: readonly Command[], typed: string): CommandName | undefined {
  return nearest(
    shown(commands).map(({ name }) => name),
    typed,
  );
}

function nearest<W extends string>(words: readonly W[], typed: string): W | undefined {
  const wanted = typed.toLowerCase().slice(0, 30);
  const [best] = words
    .map((word) => ({ word, far: word.startsWith(wanted) ? 0 : distance(word, wanted) }))
    .sort((a, b) => a.far - b.far);
  // Of three letters two others make a word of its own: “how” is not a mistyped “logs”.
  const farthest = Math.min(3, Math.floor(wanted.length / 2));
  return best && best.far <= farthest ? best.word : undefined;
}
