/**
 * What the product is made of, from the lock file: `sbom` writes test-output/sbom.cdx.json (CycloneDX), `licences`
 * ends with 1 where a package that is shipped has one that nobody agreed to.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');

/** By their SPDX ids: all let the product be used, changed and sold, and ask for no more than to be named. */
const agreed = new Set(
  'MIT Apache-2.0 BSD-2-Clause BSD-3-Clause ISC 0BSD BlueOak-1.0.0 CC0-1.0 Python-2.0 Unlicense Zlib'.split(
    ' ',
  ),
);
/** For single packages, with why. */
const agreedFor: { readonly [name: string]: { readonly licence: string; readonly why: string } } = {
  'combine-errors': { licence: 'MIT', why: 'its package.json names none, its Readme says MIT' },
  '@resvg/resvg-js': {
    licence: 'MPL-2.0',
    why: 'used as it is: only changes of its own files would have to be shown',
  },
  '@expo-google-fonts/inter': {
    licence: 'MIT AND OFL-1.1',
    why: 'the font may be used and shipped freely; only selling it by itself is not allowed',
  },
};

type Licence = {
  readonly expression?: string;
  readonly license?: { readonly id?: string; readonly name?: string };
};
export type Component = {
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly Licence[];
};
type Sbom = {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
};

/** Whether an SPDX expression can be met by what was agreed to. */
export function isAgreed(expression: string): boolean {
  const words = expression.replaceAll(/[()]/gu, ' ').trim().split(/\s+/u);
  const mixed = words.includes('OR') && words.includes('AND');
  const ids = words.filter((word) => word !== 'OR' && word !== 'AND');
  // One of several may be chosen; where it is more than a choice every one has to be agreed to.
  return words.includes('OR') && !mixed
    ? ids.some((id) => agreed.has(id))
    : ids.every((id) => agreed.has(id));
}

/** What a person has to look at; empty where all is agreed to. */
export function notAgreed(components: readonly Component[]): readonly string[] {
  return components.flatMap(({ name, version, licenses = [] }) => {
    const said = licenses.map(({ expression, license }) => expression ?? license?.id ?? license?.name ?? '');
    const exception = agreedFor[name] ?? agreedFor[name.replace(/^(@resvg\/resvg-js)-.+$/u, '$1')];
    if (exception && (said.length === 0 || said.join() === exception.licence)) return [];
    return said.length > 0 && said.every(isAgreed)
      ? []
      : [`${name}@${version}: ${said.join(', ') || 'none'}`];
  });
}

function readSbom(): Sbom {
  const args = [
    'sbom',
    '--sbom-format',
    'cyclonedx',
    '--sbom-type',
    'application',
    '--omit',
    'dev',
    '--package-lock-only',
  ];
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1_024 * 1_024 } as const;
  const sbom: Sbom = JSON.parse(execFileSync('npm', args, options));
  const { name } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { name: string };
  // npm takes the name of the folder.
  return { ...sbom, metadata: { ...sbom.metadata, component: { ...sbom.metadata.component, name } } };
}

function main(what: string | undefined): number {
  const sbom = readSbom();
  if (what === 'sbom') {
    const file = path.join(root, 'test-output/sbom.cdx.json');
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(sbom, null, 2)}\n`);
    console.log(`test-output/sbom.cdx.json: ${sbom.components.length} packages`);
    return 0;
  }
  const found = notAgreed(sbom.components);
  for (const one of found) console.error(`not agreed to: ${one}`);
  console.log(`licences: ${sbom.components.length} packages, ${found.length} not agreed to`);
  return found.length === 0 ? 0 : 1;
}

if (import.meta.main) process.exitCode = main(process.argv[2]);
