import { startScriptedModel, type Move } from './scripted-model.ts';

/** The part that is played. */
interface Part {
  readonly title: string;
  readonly file: string;
  readonly content: string;
  readonly question: string;
  readonly answer: string;
}

/** The running model, as the rehearsal sees it. */
interface Playing {
  readonly url: string;
  readonly asked: () => { readonly dialect: string | null; readonly times: number };
  close(): Promise<void>;
}

/**
 * Starts the model of a rehearsal: it asks a question, and with the answer it writes a file.
 *
 * @param part - What it plays.
 * @returns The model.
 */
export async function startRehearsalModel(part: Part): Promise<Playing> {
  const { title, file, content, question, answer } = part;
  const model = await startScriptedModel({
    plays: (prompt): readonly Move[] | undefined => {
      if (prompt.includes(answer)) {
        return [
          { write: { path: file, content } },
          { answer: { status: 'done', summary: `${file} is written.` } },
        ];
      }
      if (!prompt.includes(title)) return undefined;
      return [{ answer: { status: 'blocked', summary: 'Nothing is done yet.', question } }];
    },
  });
  return {
    url: model.url,
    asked: () => ({
      dialect: model.requests[0]?.dialect ?? null,
      times: model.requests.length,
    }),
    close: () => model.close(),
  };
}
