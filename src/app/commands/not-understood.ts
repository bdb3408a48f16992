/** What is answered to words that are no command: what may be meant, and what one can write. */
import { cut } from '../../domain/text.ts';
import type { Action, Reply } from '../../ports/reply.ts';
import { notice } from '../replies/parts.ts';
import type { Command } from './command.ts';
import { nearestCommand } from './help.ts';
import type { Parsed } from './parse.ts';

const helpAction: Action = { label: 'Help', command: 'help' };
/** Who writes so many words that are no command asks a question. */
const questionFrom = 3;
/** A button carries only so much. */
const commandAtMost = 300;
const labelAtMost = 60;

export function notUnderstoodReply(
  commands: readonly Command[],
  parsed: Exclude<Parsed, { result: 'command' }>,
): Reply {
  switch (parsed.result) {
    case 'unclosed-quote':
      return notice(
        `A quote is opened and not closed: ${cut(parsed.rest, 60)}`,
        'Close it, or leave the quotes out: names with blanks need none.',
      );
    case 'bad-switch':
      return badSwitchReply(parsed);
    case 'unknown-command':
      return unknownReply(commands, parsed);
  }
}

function badSwitchReply({ typed, problem, command }: Extract<Parsed, { result: 'bad-switch' }>): Reply {
  const words = {
    unknown: `${command.name} does not know ${cut(typed, 40)}.`,
    'value-missing': `${typed} needs a value.`,
    'value-unwanted': `${typed} takes no value.`,
  };
  const help = { label: `Help on ${command.name}`, command: `help ${command.name}` };
  return notice(words[problem], `It is written: ${command.usage}`, [help]);
}

type Unknown = Extract<Parsed, { result: 'unknown-command' }>;

function unknownReply(commands: readonly Command[], unknown: Unknown): Reply {
  const whole = `${unknown.typed} ${unknown.rest}`.trim();
  const greeting = greetings.find(({ said }) => said.test(whole));
  if (greeting) return notice(greeting.answer, 'help shows what you can write here.', pointers);
  const near = nearestCommand(commands, unknown.typed);
  const typed = cut(unknown.typed, 40);
  if (near !== undefined) {
    return notice(`There is no command “${typed}”. Did you mean ${near}?`, undefined, [
      ...corrected(near, unknown.rest),
      { label: `Help on ${near}`, command: `help ${near}` },
      helpAction,
    ]);
  }
  if (whole.split(' ').length < questionFrom) {
    return notice(`There is no command “${typed}”.`, 'What there is:', [helpAction]);
  }
  return notice(
    'Sorry, plain questions are not understood here. What people ask most has a button:',
    undefined,
    [
      { label: 'My projects with problems', command: 'status --mine --problems' },
      { label: 'All problems', command: 'status --problems' },
      helpAction,
    ],
  );
}

/** The right command with the rest of what was typed; its role and its questions hold as ever. */
function corrected(near: string, rest: string): readonly Action[] {
  const command = `${near} ${rest}`.trim();
  return command.length > commandAtMost ? [] : [{ label: cut(command, labelAtMost), command }];
}

const pointers: readonly Action[] = [{ label: 'My projects', command: 'status --mine' }, helpAction];

const greetings = [
  { said: /^(?:many )?(?:thanks|thank you|thx|cheers)\b[^?]{0,30}$/iu, answer: 'You are welcome!' },
  {
    said: /^(?:hi|hello|hey|good (?:morning|afternoon|evening))(?: there| cwsync| all)?[\s.,!:)]*$/iu,
    answer: 'Hello! cwsync keeps your ConnectWise projects and their plans in step.',
  },
] as const;
