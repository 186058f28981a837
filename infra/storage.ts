export const input = new sst.aws.Bucket("Input");
