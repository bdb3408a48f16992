/** The tokens of the HTTP API: which there are, and the one moment in which a new one is shown. */
import type { Role } from '../../domain/roles.ts';
import type { ApiToken } from '../../ports/api-tokens.ts';
import type { Block, Reply, Text } from '../../ports/reply.ts';
import { count, moment, name, note, paragraph, strong, text } from './parts.ts';

/** More than this would be too long for a message; whoever has so many reads them in a terminal. */
const shownAtMost = 30;

export function tokensReply(tokens: readonly ApiToken[]): Reply {
  const summary =
    tokens.length === 0
      ? 'No token opens the HTTP API.'
      : `${count(tokens.length, 'token')} of the HTTP API.`;
  const rows = tokens
    .slice(0, shownAtMost)
    .map((token): Block => ({ block: 'row', lines: [lineOf(token)], menu: [revokeOf(token)] }));
  const more = tokens.length - rows.length;
  return {
    summary,
    blocks: [
      paragraph(text(summary)),
      ...rows,
      ...(more > 0 ? [note(text(`And ${more} more.`))] : []),
      note(
        text('To make one, in a terminal: npx cwsync token create <name> --role <viewer, operator or admin>'),
      ),
    ],
  };
}

function lineOf({ name: called, role, createdAt, createdBy, usedAt }: ApiToken): Text {
  const used = usedAt ? [text(', last used '), moment(usedAt)] : [text(', never used')];
  const made = [text(' · made by '), name(createdBy), text(' on '), moment(createdAt)];
  return [name(called), text(' · '), strong(role), ...made, ...used];
}

const revokeOf = ({ name: called }: ApiToken) => ({ label: 'Revoke', command: `token revoke ${called}` });

export function tokenMadeReply(called: string, role: Role, token: string): Reply {
  const summary = `The token ${called} is made, with the role ${role}. It is shown this once:`;
  return {
    summary,
    blocks: [
      paragraph(text(summary)),
      paragraph(text(token)),
      note(
        text(
          'Keep it where the program that uses it finds it, and nowhere else. Lost: revoke it, make another.',
        ),
      ),
    ],
  };
}
