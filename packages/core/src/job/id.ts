import { customAlphabet } from "nanoid";
import * as z from "zod";

// Letters and digits only: a double click selects the whole id, and no shell or URL needs it quoted.
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
// 62^22 is 2^130.9. The id is part of the output's public URL, so it has to be unguessable.
const length = 22;
const random = customAlphabet(alphabet, length);

export const JobId = z
  .string()
  .regex(new RegExp(`^job_[0-9A-Za-z]{${length}}$`), "is not a job's id")
  .meta({ example: "job_7Hq2VXk0eCzRt5mWnPdYbA" });

export const createJobId = (): string => `job_${random()}`;
