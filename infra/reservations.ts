// Nothing of SST's here: scripts/doctor reads this before there is a program.

/** Concurrent executions that production's functions reserve, where the account's quota allows it. */
export const reservations = { glueStateChange: 5, reconcile: 1 };

/** Lambda refuses to reserve what would leave an account less: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
export const unreservedMin = 100;
