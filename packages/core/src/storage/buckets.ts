import { Resource } from "sst";

export const inputBucket = () => Resource.InputBucket.name;
export const outputBucket = () => Resource.OutputBucket.name;
