/** Settings that were mistyped: what looks like one of ours and is none is told, by name and never by value. */
import { distance } from 'fastest-levenshtein';
import { settingNames } from '../config.ts';

const ours = /^(?:CWSYNC|CONNECTWISE|SLACK|TEAMS)_/u;
/** Read where the embedded server is looked for. */
const beside: readonly string[] = ['CWSYNC_MONGOD'];
/** More letters apart than this, and it is no mistyping. */
const farthest = 3;

/** @param env the environment, with what `.env` adds */
export function unknownSettingLines(env: { readonly [name: string]: string | undefined }): readonly string[] {
  const known = [...settingNames, ...beside];
  return Object.keys(env)
    .filter((name) => ours.test(name) && !known.includes(name))
    .toSorted()
    .map((name) => `⚠ ${name} is not a setting${hint(name, known)}`);
}

function hint(name: string, known: readonly string[]): string {
  const [near] = known
    .map((other) => ({ other, far: distance(other, name) }))
    .toSorted((a, b) => a.far - b.far);
  return near && near.far <= farthest
    ? `; did you mean ${near.other}?`
    : ' of cwsync, and is ignored: .env.example lists them.';
}
