/**
 * Bounds every role of the stage by a managed policy of that name, without which GitHub's roles may create none. Unset, as
 * on a laptop: no bounds, for an account need not have the policy.
 */
const name = process.env.UNPARQUET_PERMISSIONS_BOUNDARY;

if (name) {
  const { accountId } = aws.getCallerIdentityOutput();
  $transform(aws.iam.Role, (role) => {
    role.permissionsBoundary = $interpolate`arn:aws:iam::${accountId}:policy/${name}`;
  });
}
