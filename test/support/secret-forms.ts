/** Every form in which a secret could stand somewhere, made without the product's own redactor. */

/** Shorter pieces would be found in ordinary words. */
const shortest = 8;

function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const json = JSON.stringify(secret).slice(1, -1);
  const inBase64 = [0, 1, 2].flatMap((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    // What depends on the secret alone, wherever it stands in a longer text.
    return [shifted.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))];
  });
  const inUrl = [secret, json].flatMap((text) => [
    encodeURIComponent(text),
    new URLSearchParams({ text }).toString().slice(5),
  ]);
  const forms = [
    secret,
    json,
    JSON.stringify(json).slice(1, -1),
    ...inUrl,
    ...inUrl.map((text) => encodeURIComponent(text)),
    ...inBase64,
    ...inBase64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    bytes.toString('hex'),
    [...secret].toReversed().join(''),
  ];
  return [...new Set(forms)].filter((form) => form.length >= shortest);
}

/** JSON in JSON, as it reads once it is taken apart. */
const unescaped = (text: string): string =>
  text
    .replaceAll(/\\+(["\\/])/gu, '$1')
    .replaceAll(/\\+u([0-9a-f]{4})/giu, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Which secrets stand in which of these places, in which form. */
export function leaks(
  secrets: { readonly [name: string]: string },
  places: { readonly [place: string]: string },
): readonly string[] {
  return Object.entries(places).flatMap(([place, text]) => {
    const searched = [text, unescaped(text)].map((one) => one.toLowerCase());
    return Object.entries(secrets).flatMap(([name, secret]) =>
      formsOf(secret)
        .filter((form) => searched.some((one) => one.includes(form.toLowerCase())))
        .map((form) => `${name} as ${form} in ${place}`),
    );
  });
}
