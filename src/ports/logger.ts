/**
 * The process log, for operators. A fixed message, data in fields, the error attached. Level `error` means
 * that a person must act now. Nothing of a tenant's data at `info` or above, no secret ever.
 */
export type Logger = {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};
