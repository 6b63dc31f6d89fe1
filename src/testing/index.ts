// What tests of tutti's users can build on, as `tutti/testing`.

export { readModelScenario } from './model-scenario.ts';
export type {
  ModelError,
  ModelMove,
  ModelPlay,
  ModelScenario,
  ReadScenario,
} from './model-scenario.ts';
export { readScript } from './script.ts';
export type { Script, ScriptAction, ScriptPart, ScriptStep } from './script.ts';
export { scriptedAgentPath } from './scripted-agent-path.ts';
export { marker, startScriptedModel } from './scripted-model.ts';
export type {
  ModelRequest,
  Move,
  Play,
  ScriptedModel,
  ScriptedModelOptions,
} from './scripted-model.ts';
