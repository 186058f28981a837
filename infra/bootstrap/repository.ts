const help = `Say which repository may deploy:

  GITHUB_REPOSITORY=owner/name GITHUB_REPOSITORY_OWNER_ID=1 GITHUB_REPOSITORY_ID=2 npx sst deploy …

gh api repos/owner/name --jq '.owner.id, .id' prints the two ids. Leave both out only for a repository whose tokens have none:
docs/previews.md.`;

/**
 * The subject of a repository's tokens up to their context: `repo:owner@1/name@2`, or `repo:owner/name` without the ids.
 * https://docs.github.com/actions/reference/security/oidc
 * @throws when the environment does not name one repository, or gives one id of two
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
    throw new Error(`GITHUB_REPOSITORY_OWNER_ID and GITHUB_REPOSITORY_ID have to be numbers.\n\n${help}`);
  }
  return `repo:${owner}@${ownerId}/${name}@${id}`;
}
