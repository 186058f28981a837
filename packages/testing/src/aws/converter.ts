/** What the Glue job's script has in its environment beside the addresses of the stage: a test may give it a role. */
export const converter: { environment: NodeJS.ProcessEnv } = { environment: {} };
