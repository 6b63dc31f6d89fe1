import type { Dialect } from '../model-request.ts';

const TYPES: Readonly<Record<number, string>> = {
  401: 'invalid_api_key',
  403: 'permission_denied',
  429: 'rate_limit_exceeded',
  500: 'server_error',
  503: 'server_is_overloaded',
};

/**
 * How OpenAI's APIs say that something failed; a used-up plan as the one for subscriptions does.
 *
 * @param fail - What failed.
 * @param now - The time, epoch milliseconds.
 * @returns Headers and body.
 */
export const openAiError: Dialect['error'] = (fail, now) => {
  const { status, message, retry_after_secs: after, resets_in_secs: resets } = fail;
  const type = TYPES[status] ?? 'error';
  const error =
    resets === undefined
      ? { message: message ?? '', type, code: type }
      : {
          message: message ?? 'The usage limit has been reached',
          type: 'usage_limit_reached',
          plan_type: 'plus',
          resets_at: Math.ceil(now / 1000 + resets),
          resets_in_seconds: Math.ceil(resets),
        };
  return {
    headers: after === undefined ? {} : { 'retry-after': String(after) },
    body: { error },
  };
};
