/** Extra environment variables of the Glue job's script, such as the credentials of a role. */
export const converter: { environment: NodeJS.ProcessEnv } = { environment: {} };
