const help = `Name the repository that may deploy:

  GITHUB_REPOSITORY=owner/name GITHUB_REPOSITORY_OWNER_ID=1 GITHUB_REPOSITORY_ID=2 npx sst deploy …

gh api repos/owner/name --jq '.owner.id, .id' prints the two ids. Leave both out only for older repositories:
see docs/previews.md.`;

/**
 * Returns the start of the subject in a repository's OIDC tokens: `repo:owner@1/name@2`, or `repo:owner/name` without ids.
 * https://docs.github.com/actions/reference/security/oidc
 * @throws if the environment names no repository, or only one of the two ids
 */
export function subjectOf(env: NodeJS.ProcessEnv) {
  const [, owner, name] = /^([\w-]+)\/([\w.-]+)$/.exec(env.GITHUB_REPOSITORY ?? "") ?? [];
  if (!owner || !name) {
    throw new Error(`GITHUB_REPOSITORY is ${env.GITHUB_REPOSITORY ?? "missing"}.\n\n${help}`);
  }
  const ids = [env.GITHUB_REPOSITORY_OWNER_ID, env.GITHUB_REPOSITORY_ID];
  if (ids.every((id) => id === undefined)) return `repo:${owner}/${name}`;
  const [ownerId, id] = ids.map((id) => /^[1-9]\d*$/.exec(id ?? "")?.[0]);
  if (!ownerId || !id) {
    throw new Error(`GITHUB_REPOSITORY_OWNER_ID and GITHUB_REPOSITORY_ID must both be numbers.\n\n${help}`);
  }
  return `repo:${owner}@${ownerId}/${name}@${id}`;
}
