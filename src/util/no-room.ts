// Git says of a lock, and of a file that it checks out, only that it could not be written, not why.
const NO_ROOM =
  /\b(?:ENOSPC|EDQUOT)\b|no space left on device|disk quota exceeded|no room left on the disk|couldn't write '[^']+\.lock'|\berror: unable to write file /iu;

/**
 * Tells whether a message of a program or of the system says that the disk is full.
 *
 * @param message - The message.
 * @returns Whether room is what is missing.
 */
export function saysNoRoom(message: string): boolean {
  return NO_ROOM.test(message);
}
