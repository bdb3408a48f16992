const SECRET_OPTION = /([?&](?:\w*password|authMechanismProperties)=)[^&\s]*/gi;

/**
 * The text with every MongoDB address in it made fit to show: user and password, and options that hold secrets, become
 * `***`. Takes the last `@` as the end of the credentials, so that a password with a stray one leaves nothing behind.
 */
export function redactMongoUri(text: string): string {
  return text.replace(/(mongodb(?:\+srv)?:\/\/)(\S*)/gi, (_whole, scheme: string, rest: string) => {
    const end = rest.lastIndexOf('@');
    const shown = end === -1 ? rest : `***@${rest.slice(end + 1)}`;
    return scheme + shown.replace(SECRET_OPTION, '$1***');
  });
}
