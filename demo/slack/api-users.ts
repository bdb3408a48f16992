import { type ApiAnswer, type ApiCall, type ApiMethod, apiError, pageOf, textArg } from './api-call.ts';
import {
  APP_ID,
  BOT_ID,
  BOT_USER,
  isRestricted,
  OTHER_BOT,
  PEOPLE,
  type Person,
  personById,
  TEAM,
} from './directory.ts';

/** users.info, users.list, users.lookupByEmail and team.info. */
export const USER_METHODS: Readonly<Record<string, ApiMethod>> = {
  'users.info': (call) => userAnswer(call, personById(textArg(call, 'user')), 'user_not_found'),
  'users.list': list,
  'users.lookupByEmail': lookupByEmail,
  'team.info': () => ({
    ok: true,
    team: { ...TEAM, email_domain: 'example.com', icon: { image_default: true } },
  }),
};

function list(call: ApiCall): ApiAnswer {
  const page = pageOf(call, PEOPLE);
  if (!page) return apiError('invalid_cursor');
  const members = page.items.map((person) => userJson(call, person));
  return { ok: true, members, response_metadata: { next_cursor: page.nextCursor } };
}

function lookupByEmail(call: ApiCall): ApiAnswer {
  const email = textArg(call, 'email').toLowerCase();
  // People of another company cannot be found by their address.
  const person = PEOPLE.find(
    (other) => other.teamId === TEAM.id && other.email !== '' && other.email === email,
  );
  return userAnswer(call, person, 'users_not_found');
}

function userAnswer(call: ApiCall, person: Person | undefined, error: string): ApiAnswer {
  return person ? { ok: true, user: userJson(call, person) } : apiError(error);
}

function userJson(call: ApiCall, person: Person): Record<string, unknown> {
  const isStranger = person.teamId !== TEAM.id;
  const hasEmail = person.email !== '' && !isStranger && call.faults.hasScope('users:read.email');
  return {
    id: person.id,
    team_id: person.teamId,
    name: person.name,
    deleted: false,
    real_name: person.realName,
    tz: person.tz,
    tz_label: person.tz,
    tz_offset: offsetSeconds(person.tz, call.clock()),
    profile: {
      real_name: person.realName,
      real_name_normalized: person.realName,
      display_name: person.name,
      display_name_normalized: person.name,
      ...(hasEmail && { email: person.email }),
      ...botFields(person),
      team: person.teamId,
    },
    is_admin: person.isAdmin,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: isRestricted(person),
    is_ultra_restricted: person.part === 'single-channel guest',
    ...(isStranger && { is_stranger: true }),
    is_bot: person.isBot,
    is_app_user: false,
    updated: 0,
  };
}

function botFields(person: Person): Record<string, unknown> {
  if (person.id === BOT_USER) return { api_app_id: APP_ID, bot_id: BOT_ID };
  return person.id === OTHER_BOT.user ? { api_app_id: OTHER_BOT.app, bot_id: OTHER_BOT.bot } : {};
}

/** Seconds that the zone is ahead of UTC at that moment. */
function offsetSeconds(tz: string, at: Date): number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: tz, timeZoneName: 'longOffset' });
  const name = format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? '';
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(name);
  if (!match) return 0;
  const seconds = (Number(match[2]) * 60 + Number(match[3])) * 60;
  return match[1] === '-' ? -seconds : seconds;
}
