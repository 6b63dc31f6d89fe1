import type { Command } from '../model/command.ts';

/**
 * Finds out what a command is about.
 *
 * @param command - The command.
 * @returns The key of a run, a task, an attempt or an ask; `null` when it makes a new run.
 */
export function keyIn(command: Command): string | null {
  if (command.type === 'add-run') return null;
  if ('run' in command) return command.run;
  if ('task' in command) return command.task;
  if ('attempt' in command) return command.attempt;
  return 'ask' in command ? command.ask : command.key;
}
